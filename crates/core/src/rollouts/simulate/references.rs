//! The objects that a Rollout refers to, in their plainest form.

use serde_json::json;

use crate::{
    Map, Value,
    rollouts::spec::{AnalysisTemplateRef, Canary, Rollout, RolloutAnalysis},
};

struct Plain<'a> {
    rollout: &'a Rollout,
    objects: Vec<Value>,
}

fn same(object: &Value, kind: &str, name: &str) -> bool {
    object["kind"] == kind && object["metadata"]["name"] == name
}

impl Plain<'_> {
    fn add(&mut self, kind: &str, name: &str, spec: Value) {
        if name.is_empty() || self.objects.iter().any(|object| same(object, kind, name)) {
            return;
        }
        self.objects.push(json!({"kind": kind, "metadata": {"name": name}, "spec": spec}));
    }

    fn labels(&self) -> Map<String, Value> {
        let selector = self.rollout.spec.selector.iter().flat_map(|selector| &selector.match_labels);
        selector.map(|(key, value)| (key.clone(), Value::from(value.as_str()))).collect()
    }

    fn service(&mut self, name: &str) {
        let spec = json!({"selector": self.labels(), "ports": [{"port": 80}]});
        self.add("Service", name, spec);
    }

    fn template(&mut self, reference: &AnalysisTemplateRef) {
        let name = reference.template_name.as_str();
        let web = json!({"url": "http://metrics.example.com", "jsonPath": "{$}"});
        let spec = json!({"metrics": [{"name": name, "provider": {"web": web}}]});
        let kind = if reference.cluster_scope == Some(true) { "ClusterAnalysisTemplate" } else { "AnalysisTemplate" };
        self.add(kind, name, spec);
    }

    fn analysis(&mut self, analysis: Option<&RolloutAnalysis>) {
        analysis.into_iter().flat_map(|analysis| &analysis.templates).for_each(|reference| self.template(reference));
    }

    fn canary(&mut self, canary: &Canary) {
        self.service(&canary.stable_service);
        self.service(&canary.canary_service);
        if let Some(pair) = &canary.ping_pong {
            self.service(&pair.ping_service);
            self.service(&pair.pong_service);
        }
        self.analysis(canary.analysis.as_ref().map(|background| &background.analysis));
        for step in &canary.steps {
            self.analysis(step.analysis.as_ref());
            for analysis in step.experiment.iter().flat_map(|experiment| &experiment.analyses) {
                self.template(&AnalysisTemplateRef {
                    template_name: analysis.template_name.clone(),
                    cluster_scope: analysis.cluster_scope,
                });
            }
        }
        self.nginx(canary);
        self.istio(canary);
    }

    fn nginx(&mut self, canary: &Canary) {
        let Some(nginx) = canary.traffic_routing.as_ref().and_then(|routing| routing.nginx.as_ref()) else { return };
        let names = nginx.stable_ingresses.as_deref().unwrap_or(std::slice::from_ref(&nginx.stable_ingress));
        for name in names {
            let backend = json!({"service": {"name": canary.stable_service, "port": {"number": 80}}});
            let path = json!({"path": "/", "pathType": "Prefix", "backend": backend});
            let spec = json!({"ingressClassName": "nginx", "rules": [{"host": "example.com", "http": {"paths": [path]}}]});
            self.add("Ingress", name, spec);
        }
    }

    fn istio(&mut self, canary: &Canary) {
        let Some(istio) = canary.traffic_routing.as_ref().and_then(|routing| routing.istio.as_ref()) else { return };
        let (mut stable_host, mut canary_host) = (canary.stable_service.as_str(), canary.canary_service.as_str());
        if let Some(pair) = canary.ping_pong.as_ref().filter(|_| stable_host.is_empty() && canary_host.is_empty()) {
            (stable_host, canary_host) = (&pair.ping_service, &pair.pong_service);
        }
        let rollout = self.rollout.metadata.name.as_str();
        let host = if stable_host.is_empty() { rollout } else { stable_host };
        let destinations = match &istio.destination_rule {
            Some(rule) => json!([
                {"destination": {"host": host, "subset": rule.stable_subset_name}, "weight": 100},
                {"destination": {"host": host, "subset": rule.canary_subset_name}, "weight": 0},
            ]),
            None => json!([
                {"destination": {"host": stable_host}, "weight": 100},
                {"destination": {"host": canary_host}, "weight": 0},
            ]),
        };
        let several = istio.virtual_services.iter().flatten();
        for service in several.chain(&istio.virtual_service) {
            let mut http: Vec<Value> = service.routes.iter().map(|route| json!({"name": route, "route": destinations})).collect();
            if http.is_empty() {
                http.push(json!({"route": destinations}));
            }
            self.add("VirtualService", &service.name, json!({"hosts": [rollout], "http": http}));
        }
        if let Some(rule) = &istio.destination_rule {
            let subset = |name: &str| json!({"name": name, "labels": self.labels()});
            let subsets = [subset(&rule.canary_subset_name), subset(&rule.stable_subset_name)];
            self.add("DestinationRule", &rule.name, json!({"host": host, "subsets": subsets}));
        }
    }
}

/// Everything the Rollout refers to.
pub(crate) fn plain_objects(rollout: &Rollout) -> Vec<Value> {
    let mut plain = Plain { rollout, objects: Vec::new() };
    if let Some(strategy) = rollout.blue_green() {
        plain.service(&strategy.active_service);
        plain.service(&strategy.preview_service);
        plain.analysis(strategy.pre_promotion_analysis.as_ref());
        plain.analysis(strategy.post_promotion_analysis.as_ref());
    }
    if let Some(canary) = rollout.canary() {
        plain.canary(canary);
    }
    plain.objects
}
