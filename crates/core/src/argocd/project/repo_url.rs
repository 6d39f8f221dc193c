//! Repository URLs made comparable (`git.NormalizeGitURL`).

use super::url::Url;

/// Lower-cased, without `.git`, SSH spellings unified; empty when it is no URL. Globs of projects go
/// through it too, which percent-encodes braces in their paths.
pub fn normalize_git_url(repo: &str) -> String {
    let mut repo = repo.trim().to_lowercase();
    if is_ssh_url(&repo) && !repo.starts_with("ssh://") {
        repo = format!("ssh://{}", repo.replacen(':', "/", 1));
    }
    let stripped = repo.strip_suffix(".git").unwrap_or(&repo);
    let Some(url) = Url::parse(stripped) else { return String::new() };
    let text = url.to_string();
    text.strip_prefix("ssh://").map(str::to_owned).unwrap_or(text)
}

/// `IsSSHURL`: `^(ssh://)?([^/:]*?)@[^@]+$`.
fn is_ssh_url(url: &str) -> bool {
    // `[^@]+` takes line breaks too; the user part must be free of slashes and colons, so the one
    // `@` that can match is the last.
    let fits = |text: &str| text.rsplit_once('@').is_some_and(|(user, host)| !host.is_empty() && !user.contains(['/', ':']));
    fits(url) || url.strip_prefix("ssh://").is_some_and(fits)
}
