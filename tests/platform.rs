//! The platform as a whole, against `demo/`.

use std::collections::BTreeMap;

use lofting::platform::File;
use lofting::platform::flow::{self, Flow, Verdict};
use lofting::platform::preview::{self, Preview};
use lofting::platform::{adoption, radius, status};
use lofting::yaml;
use lofting_tests::{files_below, root};

fn demo() -> Vec<File> {
    files_below(&root().join("demo"))
}

fn preview() -> Preview {
    let request =
        preview::Request { files: demo(), skipped: Vec::new(), rendered: BTreeMap::new(), at: Some("2026-11-26T12:00:00Z".into()) };
    preview::preview(&request).expect("the demo can be read")
}

/// Every item that the platform was asked for is there.
#[test]
fn every_item_of_the_platform_is_shown() {
    let answer = preview();
    let app = |name: &str| answer.applications.iter().find(|view| view.application.name == name).unwrap_or_else(|| panic!("no {name}"));
    let order = app("order-service");
    let changes: Vec<_> = order.state.resources.iter().flat_map(|resource| &resource.changes).collect();
    let plan = |name: &str| app(name).state.plan.clone().expect("a plan");
    let payment = answer.rollouts.iter().find(|rollout| rollout.name == "payment-service").expect("a Rollout");
    let template = answer.templates.iter().find(|template| template.entity_ref == "template:default/dotnet-service").expect("a template");
    let card = answer.cards.iter().find(|card| card.entity == "component:default/order-service").expect("a card");
    let docs = answer.techdocs.iter().find(|docs| docs.entity == "component:default/order-service").expect("documentation");
    let kinds = ["Component", "API", "Resource", "System", "Domain", "Group", "User", "Location", "Template"];
    let lints = |code: &str| answer.diagnostics.iter().any(|finding| finding.code == code);
    let rows: Vec<(&str, bool)> = vec![
        ("reconciliation loop", order.state.sync == "OutOfSync" && order.state.autosync.as_deref() == Some("nothing: its sync is manual")),
        ("drift detection", changes.iter().any(|change| change.path == "/spec/replicas" && change.cause.contains("kubectl-scale"))),
        ("GitOps directory structure", answer.tree.classes.len() >= 12 && answer.tree.not_understood.is_empty()),
        ("app-of-apps", app("app-of-apps").depth == 0 && order.depth == 1),
        ("ApplicationSets", answer.application_sets.iter().any(|set| set.name == "all-services" && set.applications.len() == 3)),
        ("sync waves", plan("cert-manager").phases.iter().any(|phase| phase.waves.iter().any(|wave| wave.wave == -1))),
        ("sync hooks", plan("order-service").phases.iter().any(|phase| phase.phase == "PreSync")),
        ("progressive delivery", payment.steps.len() == 6 && payment.routed_by.as_deref() == Some("istio")),
        ("blue-green", answer.rollouts.iter().any(|rollout| rollout.strategy == "blueGreen")),
        ("software catalog", kinds.iter().all(|kind| answer.catalog.by_kind.contains_key(*kind))),
        ("ownership", answer.catalog.entities.iter().any(|entity| entity.owner.as_deref() == Some("group:default/shop"))),
        ("dependency graph", answer.catalog.entities.iter().any(|entity| entity.relations.iter().any(|one| one.r#type == "dependsOn"))),
        ("API contracts", answer.catalog.entities.iter().any(|entity| entity.relations.iter().any(|one| one.r#type == "apiProvidedBy"))),
        ("software templates", template.pages.len() == 2 && template.outputs == ["remoteUrl", "repoContentsUrl", "entityRef", "links"]),
        ("pickers", template.pages.iter().flat_map(|page| &page.fields).any(|field| field.picker.as_deref() == Some("OwnerPicker"))),
        ("custom plugin", card.applications.iter().any(|app| !app.history.is_empty())),
        ("TechDocs", docs.pages > 1 && docs.site_name.is_some()),
        ("wiring", answer.wiring.iter().any(|wire| wire.status == "wired") && answer.wiring.iter().any(|wire| wire.status == "missing")),
        ("self-service flow", answer.flows.len() == 3 && answer.flows.iter().all(|flow| flow.answers.len() == 2)),
        ("common mistakes", lints("platform-unwired-component") && lints("platform-component-incomplete")),
        ("adoption metrics", answer.adoption.metrics.iter().any(|metric| metric.name == "wired" && metric.percent == Some(75.0))),
    ];
    let missing: Vec<&str> = rows.iter().filter(|(_, shown)| !shown).map(|(row, _)| *row).collect();
    assert!(missing.is_empty(), "not shown: {}", missing.join(", "));
}

/// Lists in a kustomization that does nothing but list are what kustomize prints, up to its sorting of members.
fn listed(answer: &Flow, dir: &str) -> String {
    let text = |path: &str| answer.files.iter().find(|file| file.path == path).map(|file| file.text.clone()).expect("a file");
    let kustomization = yaml::kubernetes::unmarshal(&text(&format!("{dir}/kustomization.yaml"))).expect("YAML");
    let resources =
        kustomization["resources"].as_array().expect("a list").iter().map(|name| text(&format!("{dir}/{}", name.as_str().expect("text"))));
    resources.collect::<Vec<_>>().join("\n---\n")
}

fn play(files: Vec<File>, template: &str, values: File) -> Flow {
    let mut request = flow::Request { files, template: template.into(), values, rendered: BTreeMap::new(), user: None };
    let answer = flow::flow(&request).expect("the flow can be played");
    for need in &answer.needs {
        assert_eq!(need.tool, "kustomize");
        request.rendered.insert(need.application.clone(), listed(&answer, &need.dir));
    }
    flow::flow(&request).expect("the flow can be played")
}

fn answers(files: &[File], path: &str) -> File {
    files.iter().find(|file| file.path == path).cloned().expect("answers")
}

#[test]
fn all_nine_stages_pass_for_every_golden_path() {
    for template in ["dotnet", "nodejs", "python"] {
        for variant in ["plain", "database"] {
            let files = demo();
            let values = answers(&files, &format!("templates/{template}/answers/{variant}.yaml"));
            let answer = play(files, &format!("templates/{template}/template.yaml"), values);
            let failed: Vec<_> = answer.stages.iter().filter(|stage| stage.verdict != Verdict::Passed).collect();
            assert!(failed.is_empty(), "{template} {variant}: {failed:#?}");
            assert_eq!(answer.stages.len(), 9);
            let has_claim = answer.files.iter().any(|file| file.text.contains("kind: PostgreSQLClaim"));
            assert_eq!(has_claim, variant == "database", "{template} {variant}");
            let card = answer.card.expect("a card");
            assert!(card.applications.iter().all(|app| app.sync == "Synced" && app.health == "Healthy" && app.revision.len() == 7));
        }
    }
}

/// Plays the .NET path with one file changed; the stage that fails, its first problem's place, and the stages skipped.
fn broken(path: &str, change: impl Fn(&str) -> String) -> (usize, String, usize, usize, String, usize) {
    let mut files = demo();
    let mut values = answers(&files, "templates/dotnet/answers/plain.yaml");
    if path == values.path {
        values.text = change(&values.text);
    }
    for file in files.iter_mut().filter(|file| file.path == path) {
        let changed = change(&file.text);
        assert_ne!(changed, file.text, "{path} is not changed");
        file.text = changed;
    }
    let mut request =
        flow::Request { files, template: "templates/dotnet/template.yaml".into(), values, rendered: BTreeMap::new(), user: None };
    let answer = flow::flow(&request).expect("the flow can be played");
    for need in &answer.needs {
        request.rendered.insert(need.application.clone(), listed(&answer, &need.dir));
    }
    let answer = flow::flow(&request).expect("the flow can be played");
    let failed = answer
        .stages
        .iter()
        .find(|stage| stage.verdict == Verdict::Failed)
        .unwrap_or_else(|| panic!("nothing fails: {:#?}", answer.stages));
    let problem = failed.problems.first().expect("a problem");
    let skipped = answer.stages.iter().filter(|stage| stage.verdict == Verdict::Skipped).count();
    (failed.number, problem.location.file.clone(), problem.location.line, problem.location.column, problem.message.clone(), skipped)
}

#[test]
fn a_stage_that_fails_names_the_place() {
    let (stage, file, line, column, message, skipped) =
        broken("templates/dotnet/answers/plain.yaml", |text| text.replace("dotnet-demo-service", "Demo"));
    assert_eq!((stage, file.as_str(), line, column, skipped), (1, "templates/dotnet/answers/plain.yaml", 1, 7, 8), "{message}");
    assert!(message.contains("name does not match pattern"), "{message}");

    let (stage, file, line, .., message, skipped) =
        broken("templates/dotnet/template.yaml", |text| text.replace("${{ parameters.description }}", "${{ parameters.descripton }}"));
    assert_eq!((stage, file.as_str(), skipped), (2, "templates/dotnet/template.yaml", 7), "{message}");
    assert!(line > 50, "{line}: {message}");

    let (stage, file, line, column, message, skipped) =
        broken("templates/dotnet/answers/plain.yaml", |text| text.replace("group:default/shop", "group:default/nobody"));
    assert_eq!((stage, file.as_str(), line, column), (3, "dotnet-demo-service/catalog-info.yaml", 17, 10), "{message}");
    assert_eq!(skipped, 1, "the card needs the entity");

    let (stage, file, line, .., message, skipped) =
        broken("templates/dotnet/skeleton/k8s/service.yaml", |text| text.replace("kind: Service", "kind: Service\n  oops: ["));
    assert_eq!((stage, file.as_str(), skipped), (4, "dotnet-demo-service/k8s/service.yaml", 3), "{message}");
    assert!(line >= 2, "{line}: {message}");

    let (stage, file, .., message, _) = broken("templates/dotnet/skeleton/mkdocs.yml", |text| text.replace("index.md", "missing.md"));
    assert_eq!((stage, file.as_str()), (8, "dotnet-demo-service/mkdocs.yml"), "{message}");

    let (stage, file, .., message, _) =
        broken("templates/dotnet/skeleton/dashboards/red.json", |text| text.replace("\"Errors\"", "\"Other\"").replace("5..", "2.."));
    assert_eq!((stage, file.as_str()), (9, "dotnet-demo-service/dashboards/red.json"), "{message}");
    assert!(message.contains("errors"), "{message}");
}

#[test]
fn an_application_outside_its_project_is_refused() {
    let (stage, file, .., message, skipped) =
        broken("gitops/apps/platform/projects.yaml", |text| text.replacen("namespace: shop-*", "namespace: elsewhere-*", 1));
    assert_eq!((stage, file.as_str(), skipped), (4, "templates/dotnet/template.yaml", 3), "{message}");
    assert!(message.contains("does not permit the destination"), "{message}");
}

fn card(entity: &str, change: impl Fn(&mut File)) -> status::Card {
    let mut files = demo();
    files.iter_mut().for_each(change);
    status::status(&status::Request { files, rendered: BTreeMap::new(), entity: entity.into() }).expect("a card")
}

#[test]
fn a_card_says_what_the_plugin_says() {
    let found = card("order-service", |_| {});
    let [app] = found.applications.as_slice() else { panic!("{found:#?}") };
    assert_eq!((app.sync.as_str(), app.operation.as_str(), app.revision.len()), ("OutOfSync", "Succeeded", 7));
    assert_eq!(app.images, ["ghcr.io/acme/order-service:2.1.0"]);
    assert!(app.link.ends_with("/applications/argocd/order-service") && app.link.starts_with("https://"), "{}", app.link);
    assert!(app.commit.as_ref().is_some_and(|commit| !commit.message.is_empty() && !commit.author.is_empty()), "{app:#?}");

    let without = |annotation: &'static str| {
        card("order-service", move |file| {
            if file.path == "catalog/services/order-service/catalog-info.yaml" {
                file.text = file.text.replace("argocd/app-name: order-service", annotation);
            }
        })
    };
    assert_eq!(without("example.com/nothing: here").error.as_deref(), Some("Argo CD annotation is missing in the catalog"));
    let both = without("argocd/app-name: order-service\n    argocd/app-selector: acme.example/team=shop");
    assert_eq!(both.error.as_deref(), Some("Cannot provide both argocd/app-name and argocd/app-selector annotations"));
    assert_eq!(without("argocd/app-selector: acme.example/team in (shop)").applications.len(), 4);

    let lost = card("notification-service", |_| {});
    assert!(
        lost.applications.is_empty() && lost.missing.iter().any(|said| said.contains("did you mean notification-service?")),
        "{lost:#?}"
    );
    let rollout = &card("payment-service", |_| {}).applications[0].rollouts[0];
    assert_eq!((rollout.phase.as_str(), rollout.canary), ("Healthy", Some(0)), "{rollout:#?}");
}

#[test]
fn an_unknown_entity_is_refused_with_a_suggestion() {
    let request = status::Request { files: demo(), rendered: BTreeMap::new(), entity: "order-servic".into() };
    let error = status::status(&request).expect_err("refused");
    assert!(error.message.contains("did you mean component:default/order-service?"), "{}", error.message);
}

fn reach(changed: &str) -> radius::Radius {
    let request = radius::Request { files: demo(), rendered: BTreeMap::new(), changed: Some(changed.into()) };
    radius::wiring(&request).expect("a graph").radius.expect("a radius")
}

#[test]
fn a_change_reaches_what_depends_on_it() {
    let ids = |radius: &radius::Radius| radius.affected.iter().map(|one| one.id.clone()).collect::<Vec<_>>();
    let database = reach("resource:default/order-db");
    assert!(ids(&database).contains(&"component:default/order-service".to_owned()), "{database:#?}");
    assert!(ids(&database).contains(&"api:default/order-api".to_owned()), "{database:#?}");
    assert!(ids(&database).contains(&"component:default/notification-service".to_owned()), "{database:#?}");
    assert!(database.by_owner.contains_key("group:default/shop") && database.by_owner.contains_key("group:default/messaging"));

    let repository = reach("repository:github.com/acme/gitops");
    assert!(ids(&repository).len() > 13, "{repository:#?}");
    let file = reach("gitops/apps/services/payment-service/rollout.yaml");
    assert!(file.changed.contains(&"application:payment-service".to_owned()), "{file:#?}");
    assert!(file.affected.iter().any(|one| one.id == "component:default/payment-service" && one.distance <= 2), "{file:#?}");
    let set = reach("applicationset:all-services");
    assert_eq!(set.affected.iter().filter(|one| one.by == "generates").count(), 3);

    let request = radius::Request { files: demo(), rendered: BTreeMap::new(), changed: Some("component:default/order-servce".into()) };
    let error = radius::wiring(&request).expect_err("refused");
    assert!(error.message.contains("did you mean component:default/order-service?"), "{}", error.message);
}

#[test]
fn adoption_counts_and_thresholds_fail() {
    let measure = |more: &str| {
        let mut files = demo();
        files.iter_mut().filter(|file| file.path == "lofting.yaml").for_each(|file| file.text.push_str(more));
        adoption::adoption(&adoption::Request { files, rendered: BTreeMap::new() })
    };
    let answer = measure("").expect("measured");
    let of =
        |name: &str| answer.metrics.iter().find(|metric| metric.name == name).map(|metric| (metric.count, metric.of)).expect("a metric");
    assert_eq!(of("wired"), (3, 4));
    assert_eq!(of("techdocs"), (4, 4));
    assert_eq!(of("onCall"), (2, 4));
    assert_eq!(of("dashboard"), (1, 4));
    assert_eq!(answer.components.by_owner.get("group:default/shop"), Some(&2));
    assert_eq!(answer.delivery.deployments, 12, "{:#?}", answer.delivery);
    assert!(!answer.has_findings());
    let strict = measure("adoption:\n  onCall: 80\n").expect("measured");
    assert!(strict.has_findings() && strict.diagnostics[0].message.contains("2 of 4 (50 %), wanted 80 %"), "{:#?}", strict.diagnostics);
    assert!(measure("adoption:\n  onCal: 80\n").expect_err("refused").message.contains("no metric"));
}

#[test]
fn delivery_sees_rollbacks() {
    let live = |rows: &str| File {
        path: "live/argocd.yaml".into(),
        text: format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: shop\n  namespace: argocd\nspec: {{}}\nstatus:\n  history:\n{rows}"
        ),
    };
    let row =
        |day: u32, revision: &str| format!("  - deployedAt: \"2026-01-{day:02}T10:00:00Z\"\n    id: {day}\n    revision: {revision}\n");
    let files = vec![
        File { path: "lofting.yaml".into(), text: "live: live\n".into() },
        live(&[row(1, "aaa"), row(8, "bbb"), row(9, "aaa"), row(15, "ccc")].concat()),
    ];
    let delivery = adoption::adoption(&adoption::Request { files, rendered: BTreeMap::new() }).expect("measured").delivery;
    assert_eq!((delivery.deployments, delivery.failures.len(), delivery.per_week), (4, 1, Some(2.0)), "{delivery:#?}");
    assert_eq!((delivery.lead_time_seconds, delivery.change_failure_percent), (Some(6 * 86_400), Some(25.0)), "{delivery:#?}");
    assert!(delivery.failures[0].why.contains("rolled back to aaa"));
}
