//! GitOps Promoter's kinds (`promoter.argoproj.io`).
//!
//! All start alike: a deletion explains itself, then the Ready condition must be
//! there, current and not False. Only then has each kind something of its own to say.

use super::Table;
use super::groups_p::reach;
use super::node::Part::{self, Text, Value};
use super::node::{Judged, Node, concat, fail, joined, say};
use crate::argocd::health::script::Assessed;
use crate::argocd::health::status::{Health, HealthCode::*};

pub(super) const TABLE: Table = &[
    ("promoter.argoproj.io", "ArgoCDCommitStatus", argo_cd_commit_status),
    ("promoter.argoproj.io", "ChangeTransferPolicy", change_transfer_policy),
    ("promoter.argoproj.io", "ClusterScmProvider", |o| {
        let finalizer = (
            "clusterscmprovider.promoter.argoproj.io/finalizer",
            "Waiting until no GitRepository still references this cluster-wide SCM provider.",
            "GitRepository objects can reference a provider that no longer exists.",
        );
        provider(o, "ClusterScmProvider", "Cluster SCM provider", "cluster SCM provider", &finalizer)
    }),
    ("promoter.argoproj.io", "CommitStatus", commit_status),
    ("promoter.argoproj.io", "GitCommitStatus", |o| {
        let words =
            ["Git commit validation", "git commit validation", "Git commit validation", "passed", "Git commit validation status unknown ("];
        gate(o, "GitCommitStatus", words, 7, [23, 27, 32, 47])
    }),
    ("promoter.argoproj.io", "GitRepository", |o| {
        let finalizer = (
            "gitrepository.promoter.argoproj.io/finalizer",
            "Waiting until no non-deleting PullRequests still reference this repository.",
            "repository metadata may be removed while promotions still depend on it.",
        );
        provider(o, "GitRepository", "Git repository", "Git repository", &finalizer)
    }),
    ("promoter.argoproj.io", "PromotionStrategy", promotion_strategy),
    ("promoter.argoproj.io", "PullRequest", pull_request),
    ("promoter.argoproj.io", "ScmProvider", |o| {
        let finalizer = (
            "scmprovider.promoter.argoproj.io/finalizer",
            "Waiting until no GitRepository in this namespace still references this provider.",
            "GitRepository objects can reference a provider that no longer exists.",
        );
        provider(o, "ScmProvider", "SCM provider", "SCM provider", &finalizer)
    }),
    ("promoter.argoproj.io", "TimedCommitStatus", |o| {
        let words = ["Timed commit gate", "timed commit gate", "Timed commit gate", "satisfied", "Timed commit gate status unknown ("];
        gate(o, "TimedCommitStatus", words, 6, [22, 26, 31, 46])
    }),
    ("promoter.argoproj.io", "WebRequestCommitStatus", |o| {
        let unknown = "Web request commit validation unknown (";
        let words = ["Web request commit validation", "web request commit validation", "Web request validation", "passed", unknown];
        gate(o, "WebRequestCommitStatus", words, 6, [22, 26, 31, 46])
    }),
];

/// A finalizer, what it waits for, and what comes of removing it by hand.
type Finalizer = (&'static str, &'static str, &'static str);

/// How a kind words what all kinds share.
struct Common<'w> {
    /// Said while it is being deleted.
    deleted: &'w str,
    /// Finalizers that explain a deletion; `None` when the kind does not look at them.
    finalizers: Option<&'w [Finalizer]>,
    initializing: &'w str,
    stale: &'w str,
    /// Up to the message.
    failed: &'w str,
    /// Up to the reason.
    failed_because: &'w str,
    /// Up to the reason; `None` when Unknown counts as ready.
    unknown: Option<&'w str>,
    missing: &'w str,
    /// Types of conditions that count.
    ready: &'w [&'w str],
}

/// Where upstream's script stands: the look at the deletion, then at the
/// conditions, at the generation, the message of a failure, that of an unknown.
type Lines = [u32; 5];

fn deleting(o: Node<'_>, line: u32, common: &Common<'_>) -> Judged {
    if !reach(o, line, &["metadata", "deletionTimestamp"])?.truthy() {
        return Ok(None);
    }
    let mut message = common.deleted.to_owned();
    let present = o.path(line, &["metadata", "finalizers"])?;
    if let Some(known) = common.finalizers
        && present.truthy()
    {
        for finalizer in present.each(9)? {
            message.push(' ');
            match known.iter().find(|(name, ..)| finalizer.is(name)) {
                Some((name, wait, risk)) => message.push_str(&format!("{name}: {wait} Risk if removed manually: {risk}")),
                None => message.push_str(&concat(14, &[Value(finalizer), Text(": still present.")])?),
            }
        }
    }
    Ok(Some(Assessed { health: Health::new(Progressing, ""), deletion_message: message }))
}

/// What a script takes when the member is nil or false.
fn or<'v>(node: Node<'v>, words: &'v str) -> Part<'v> {
    if node.truthy() { Value(node) } else { Text(words) }
}

/// The part that all kinds share; `None` when the object is ready.
fn common(o: Node<'_>, words: &Common<'_>, lines: Lines) -> Judged {
    let [deletion, first, generation_line, failure, unknown_line] = lines;
    if let Some(verdict) = deleting(o, deletion, words)? {
        return Ok(Some(verdict));
    }
    let status = o.get(first, "status")?;
    if !status.truthy() {
        return say(Progressing, words.initializing);
    }
    let list = status.get(first, "conditions")?;
    let mut found = false;
    if list.truthy() {
        for condition in list.each(first + 1)? {
            if !condition.get(first + 2, "type")?.text().is_some_and(|kind| words.ready.contains(&kind)) {
                continue;
            }
            found = true;
            let observed = condition.get(generation_line, "observedGeneration")?;
            if observed.truthy() {
                let generation = o.path(generation_line, &["metadata", "generation"])?;
                if generation.truthy() && !observed.same(generation) {
                    return say(Progressing, words.stale);
                }
            }
            let (message, reason) = (condition.get(failure, "message")?, condition.get(failure, "reason")?);
            let state = condition.get(failure, "status")?;
            if state.is("False") {
                let message = or(message, "Unknown error");
                if reason.is("ReconciliationError") {
                    return say(Degraded, concat(failure, &[Text(words.failed), message])?);
                }
                return say(Degraded, concat(failure + 2, &[Text(words.failed_because), or(reason, "Unknown"), Text("): "), message])?);
            }
            if let Some(unknown) = words.unknown
                && state.is("Unknown")
            {
                let parts = [Text(unknown), or(reason, "Unknown"), Text("): "), or(message, "Unknown")];
                return say(Progressing, concat(unknown_line, &parts)?);
            }
        }
    }
    if found { Ok(None) } else { say(Progressing, words.missing) }
}

/// The shared part of the kinds that are reconciled (rather than validated).
fn reconciled(o: Node<'_>, noun: &str, finalizers: Option<&[Finalizer]>, ready: &[&str], lines: Lines) -> Judged {
    let mut chars = noun.chars();
    let capital: String = chars.next().into_iter().flat_map(char::to_uppercase).chain(chars).collect();
    let dot = if finalizers.is_some() { "." } else { "" };
    let words = Common {
        deleted: &format!("{capital} is being deleted{dot}"),
        finalizers,
        initializing: &format!("Initializing {noun}"),
        stale: &format!("Waiting for {noun} spec update to be observed"),
        failed: &format!("{capital} reconciliation failed: "),
        failed_because: &format!("{capital} reconciliation failed ("),
        unknown: None,
        missing: &format!("{capital} is not ready yet"),
        ready,
    };
    common(o, &words, lines)
}

fn argo_cd_commit_status(o: Node<'_>) -> Judged {
    if let Some(verdict) = reconciled(o, "Argo CD commit status", None, &["Ready"], [3, 21, 25, 37, 0])? {
        return Ok(Some(verdict));
    }
    let selected = o.path(52, &["status", "applicationsSelected"])?;
    match if selected.truthy() { selected.len(52)? } else { 0 } {
        0 => say(Degraded, "Argo CD commit status has no applications configured"),
        count => say(Healthy, format!("Argo CD commit status is healthy and is tracking {count} applications")),
    }
}

fn commit_status(o: Node<'_>) -> Judged {
    if let Some(verdict) = reconciled(o, "commit status", None, &["Ready"], [3, 21, 25, 37, 0])? {
        return Ok(Some(verdict));
    }
    let (sha, phase) = (o.path(52, &["status", "sha"])?, o.path(52, &["status", "phase"])?);
    if !sha.truthy() || !phase.truthy() {
        return say(Healthy, "Commit status is healthy");
    }
    say(Healthy, concat(59, &[Text("Commit status for commit "), Value(sha), Text(" reports "), Value(phase)])?)
}

fn pull_request(o: Node<'_>) -> Judged {
    let finalizers = [
        (
            "pullrequest.promoter.argoproj.io/finalizer",
            "Waiting for SCM closure or reconciliation of the pull request.",
            "the real PR can stay open after the CR is gone.",
        ),
        (
            "changetransferpolicy.promoter.argoproj.io/pullrequest-finalizer",
            "Waiting for the ChangeTransferPolicy to observe PR identity and state.",
            "promotion status or history can be wrong or racy.",
        ),
    ];
    if let Some(verdict) = reconciled(o, "pull request", Some(&finalizers), &["Reconciled", "Ready"], [20, 51, 56, 67, 0])? {
        return Ok(Some(verdict));
    }
    let (id, state) = (o.path(83, &["status", "id"])?, o.path(83, &["status", "state"])?);
    if !id.truthy() || !state.truthy() {
        return say(Healthy, "Pull request is healthy");
    }
    say(Healthy, concat(90, &[Text("Pull request is "), Value(state), Text(" as PR "), Value(id)])?)
}

/// What an SCM is reached through: it is validated and then simply ready.
fn provider(o: Node<'_>, kind: &str, noun: &str, initializing: &str, finalizer: &Finalizer) -> Judged {
    let words = Common {
        deleted: &format!("{kind} is being deleted."),
        finalizers: Some(std::slice::from_ref(finalizer)),
        initializing: &format!("Initializing {initializing}"),
        stale: &format!("Waiting for {kind} spec update to be observed"),
        failed: &format!("{noun} validation failed: "),
        failed_because: &format!("{noun} not ready ("),
        unknown: Some(&format!("{noun} readiness unknown (")),
        missing: &format!("{kind} Ready condition is missing"),
        ready: &["Ready"],
    };
    match common(o, &words, [22, 47, 51, 61, 71])? {
        Some(verdict) => Ok(Some(verdict)),
        None => say(Healthy, format!("{noun} is ready")),
    }
}

/// A gate over environments. Words: the noun, the same in small, the noun for branches, what success is called, the start of an unknown.
/// Lines: the look at the deletion; then at the conditions, the generation, a False, and an unknown's message.
fn gate(o: Node<'_>, kind: &str, words: [&str; 5], deletion: u32, lines: [u32; 4]) -> Judged {
    let [noun, small, branches, passed, unknown] = words;
    let [first, generation, failed, unknown_line] = lines;
    let shared = Common {
        deleted: &format!("{kind} is being deleted"),
        finalizers: None,
        initializing: &format!("Initializing {small}"),
        stale: &format!("Waiting for {kind} spec update to be observed"),
        failed: &format!("{noun} failed: "),
        failed_because: &format!("{noun} not ready ("),
        unknown: Some(unknown),
        missing: &format!("{kind} Ready condition is missing"),
        ready: &["Ready"],
    };
    if let Some(verdict) = common(o, &shared, [deletion, first, generation, failed + 5, unknown_line])? {
        return Ok(Some(verdict));
    }
    let environments = o.path(first + 37, &["status", "environments"])?;
    if !environments.truthy() || environments.len(first + 38)? == 0 {
        return say(Healthy, format!("{noun} reconciled"));
    }
    let (mut pending, mut failing, mut passing) = (Vec::new(), Vec::new(), 0_usize);
    for environment in environments.each(first + 48)? {
        let branch = or(environment.get(first + 49, "branch")?, "?");
        match environment.get(first + 50, "phase")?.text() {
            Some("failure") => failing.push(branch),
            Some("success") => passing += 1,
            _ => pending.push(branch),
        }
    }
    // The timed gate's loop is shorter by two lines.
    let last = if kind == "TimedCommitStatus" { 84 } else { first + 64 };
    if !failing.is_empty() {
        return say(Degraded, format!("{branches} failed for branch(es): {}", joined(last, &failing, ", ")?));
    }
    if !pending.is_empty() {
        return say(Progressing, format!("{branches} pending for branch(es): {}", joined(last + 6, &pending, ", ")?));
    }
    say(Healthy, format!("{branches} {passed} for {passing} environment(s)"))
}

/// How many commit statuses are in which phase, and which.
#[derive(Default)]
struct Tally<'v> {
    pending: usize,
    successful: usize,
    failed: usize,
    pending_keys: Vec<Part<'v>>,
    failed_keys: Vec<Part<'v>>,
}

impl<'v> Tally<'v> {
    fn of(statuses: Node<'v>, line: u32) -> Result<Self, String> {
        let mut tally = Self::default();
        if !statuses.truthy() {
            return Ok(tally);
        }
        for status in statuses.each(line)? {
            let (phase, key) = (status.get(line + 1, "phase")?, status.get(line + 1, "key")?);
            match phase.text() {
                Some("pending") => {
                    tally.pending += 1;
                    tally.pending_keys.push(Value(key));
                }
                Some("success") => tally.successful += 1,
                Some("failure") => {
                    tally.failed += 1;
                    tally.failed_keys.push(Value(key));
                }
                _ => {}
            }
        }
        Ok(tally)
    }

    fn counts(&self) -> String {
        format!("{} pending, {} successful, {} failed. ", self.pending, self.successful, self.failed)
    }

    /// The keys of what is pending and of what failed; the line of the former.
    fn keys(&self, line: u32) -> Result<String, String> {
        let mut text = String::new();
        if self.pending > 0 {
            text = format!("Pending commit statuses: {}. ", joined(line, &self.pending_keys, ", ")?);
        }
        if self.failed > 0 {
            text.push_str(&format!("Failed commit statuses: {}. ", joined(line + 3, &self.failed_keys, ", ")?));
        }
        Ok(text)
    }
}

/// The first seven characters of a commit.
fn short(sha: Node<'_>, line: u32) -> Result<String, String> {
    if !sha.truthy() {
        return Ok(String::new());
    }
    if !matches!(sha.kind(), "string" | "number") {
        return fail(line, format!("bad argument #1 to len (string expected, got {})", sha.kind()));
    }
    let text = sha.show();
    Ok(String::from_utf8_lossy(text.as_bytes().get(..7).unwrap_or(text.as_bytes())).into_owned())
}

/// Nil, false or empty.
fn blank(node: Node<'_>) -> bool {
    !node.truthy() || node.is("")
}

fn change_transfer_policy(o: Node<'_>) -> Judged {
    let finalizer = (
        "changetransferpolicy.promoter.argoproj.io/finalizer",
        "Waiting to clear related PullRequest finalizers and finish cleanup before this policy is removed.",
        "The 'changetransferpolicy.promoter.argoproj.io/pullrequest-finalizer' finalizer may not be cleaned up from PullRequests owned by this ChangeTransferPolicy.",
    );
    if let Some(verdict) = reconciled(o, "change transfer policy", Some(&[finalizer]), &["Ready"], [20, 47, 52, 64, 0])? {
        return Ok(Some(verdict));
    }
    let status = o.get(79, "status")?;
    let active = reach(status, 79, &["active", "dry", "sha"])?;
    if blank(active) {
        return say(Progressing, "The active commit DRY SHA is missing or empty.");
    }
    let proposed = reach(status, 84, &["proposed", "dry", "sha"])?;
    if blank(proposed) {
        return say(Progressing, "The proposed commit DRY SHA is missing or empty.");
    }
    if !proposed.same(active) {
        let tally = Tally::of(status.path(108, &["proposed", "commitStatuses"])?, 108)?;
        let (from, to) = (short(active, 95)?, short(proposed, 95)?);
        let keys = tally.keys(127)?;
        return say(Healthy, format!("Promotion in progress from '{from}' to '{to}': {}{keys}", tally.counts()));
    }
    let tally = Tally::of(status.path(140, &["active", "commitStatuses"])?, 140)?;
    if tally.pending > 0 || tally.failed > 0 {
        const BUT: &str = "Environment is up-to-date, but there are non-successful active commit statuses: ";
        return say(Healthy, format!("{BUT}{}{}", tally.counts(), tally.keys(155)?));
    }
    say(Healthy, format!("Environment is up-to-date on commit {}.", short(active, 95)?))
}

/// The dry commit that is proposed: a note's goes before the branch's own.
fn proposed_dry<'v>(environment: Node<'v>) -> Result<Node<'v>, String> {
    for (line, keys) in [(63, ["proposed", "note", "drySha"]), (66, ["proposed", "dry", "sha"])] {
        let sha = reach(environment, line, &keys)?;
        if !blank(sha) {
            return Ok(sha);
        }
    }
    Ok(Node::NIL)
}

fn promotion_strategy(o: Node<'_>) -> Judged {
    if let Some(verdict) = reconciled(o, "promotion strategy", None, &["Ready"], [3, 21, 26, 38, 0])? {
        return Ok(Some(verdict));
    }
    let environments = o.path(55, &["status", "environments"])?;
    if !environments.truthy() || environments.len(55)? == 0 {
        return say(Degraded, "Promotion strategy has no environments configured");
    }
    for environment in environments.each(74)? {
        let missing = |line: u32, words: &str| {
            let branch = environment.get(line, "branch")?;
            say(Progressing, concat(line, &[Text(words), Value(branch), Text("'.")])?)
        };
        if blank(reach(environment.get(75, "active")?, 75, &["dry", "sha"])?) {
            return missing(77, "The active commit DRY SHA is missing or empty in environment '");
        }
        if !proposed_dry(environment)?.truthy() {
            return missing(82, "The proposed commit DRY SHA is missing or empty in environment '");
        }
    }
    let first = environments.item(88, 1)?;
    let proposed = proposed_dry(first)?;
    for environment in environments.each(89)? {
        if !proposed_dry(environment)?.same(proposed) {
            const DIFFER: &str = "Not all environments have the same proposed commit SHA. This likely means the hydrator has not run for all environments yet.";
            return say(Progressing, DIFFER);
        }
    }
    for environment in environments.each(111)? {
        if let Some(verdict) = promoting(environment)? {
            return Ok(Some(verdict));
        }
    }
    if let Some(unsuccessful) = unsuccessful(environments)? {
        const BUT: &str = "Environments are up-to-date, but some environments have non-successful commit statuses: ";
        return say(Healthy, format!("{BUT}{unsuccessful}."));
    }
    let active = short(first.path(189, &["active", "dry", "sha"])?, 102)?;
    let hydrated = short(proposed, 102)?;
    say(Healthy, format!("All environments are up-to-date on commit '{active}'. Hydrator has processed dry commit '{hydrated}'."))
}

/// What is said of an environment whose proposed commit is not its active one.
fn promoting(environment: Node<'_>) -> Judged {
    let proposed = environment.path(112, &["proposed", "dry", "sha"])?;
    let active = environment.path(112, &["active", "dry", "sha"])?;
    if proposed.same(active) {
        return Ok(None);
    }
    let tally = Tally::of(environment.path(121, &["proposed", "commitStatuses"])?, 121)?;
    let rest = format!("' from '{}' to '{}': {}", short(active, 102)?, short(proposed, 102)?, tally.counts());
    let branch = environment.get(135, "branch")?;
    let head = concat(135, &[Text("Promotion in progress for environment '"), Value(branch), Text(&rest)])?;
    let keys = tally.keys(141)?;
    say(Healthy, format!("{head}{keys}Hydrator has processed dry commit '{}'. ", short(proposed_dry(environment)?, 102)?))
}

/// The environments whose active commit has statuses that are pending or failed.
fn unsuccessful(environments: Node<'_>) -> Result<Option<String>, String> {
    let mut found: Vec<(Node<'_>, Tally<'_>)> = Vec::new();
    for environment in environments.each(154)? {
        let tally = Tally::of(environment.path(158, &["active", "commitStatuses"])?, 158)?;
        if tally.pending == 0 && tally.failed == 0 {
            continue;
        }
        let branch = environment.get(167, "branch")?;
        if branch.is_nil() {
            return fail(167, "table index is nil");
        }
        match found.iter_mut().find(|(known, _)| known.same(branch)) {
            Some((_, old)) => *old = tally,
            None => found.push((branch, tally)),
        }
    }
    let mut texts = Vec::with_capacity(found.len());
    for (branch, tally) in &found {
        texts.push(concat(177, &[Value(*branch), Text(&format!(" ({} failed, {} pending)", tally.failed, tally.pending))])?);
    }
    Ok((!texts.is_empty()).then(|| texts.join(", ")))
}
