//! `spec.strategy.canary` as the routers read it.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The canary strategy's members that a router looks at (`v1alpha1.CanaryStrategy`).
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Canary {
    /// Service that selects the canary's pods.
    pub canary_service: String,
    /// Service that selects the stable pods.
    pub stable_service: String,
    /// Two services that take turns.
    pub ping_pong: Option<PingPong>,
    /// Steps; only the routes they set matter here.
    pub steps: Vec<RouteStep>,
    /// Routers.
    pub traffic_routing: Option<TrafficRouting>,
    /// The stable ReplicaSet shrinks as the canary grows.
    pub dynamic_stable_scale: bool,
}

/// `v1alpha1.PingPongSpec`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PingPong {
    /// One service.
    pub ping_service: String,
    /// The other.
    pub pong_service: String,
}

/// The routes a canary step sets.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RouteStep {
    /// A header route.
    pub set_header_route: Option<HeaderRoute>,
    /// A mirror route.
    pub set_mirror_route: Option<MirrorRoute>,
}

/// `v1alpha1.SetHeaderRoute`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct HeaderRoute {
    /// Name of the route.
    pub name: String,
    /// What must match; none removes the route.
    pub r#match: Option<Vec<HeaderMatch>>,
}

/// `v1alpha1.HeaderRoutingMatch`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct HeaderMatch {
    /// Name of the header.
    pub header_name: String,
    /// Its value.
    pub header_value: StringMatch,
}

/// `v1alpha1.StringMatch`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct StringMatch {
    /// Equal.
    pub exact: String,
    /// Starts with.
    pub prefix: String,
    /// Matches a regular expression.
    pub regex: String,
}

/// `v1alpha1.SetMirrorRoute`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MirrorRoute {
    /// Name of the route.
    pub name: String,
    /// What must match; none removes the route.
    pub r#match: Option<Vec<RouteMatch>>,
    /// Share that is mirrored, in per cent; all by default.
    pub percentage: Option<i32>,
}

/// `v1alpha1.RouteMatch`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RouteMatch {
    /// HTTP method.
    pub method: Option<StringMatch>,
    /// URL path.
    pub path: Option<StringMatch>,
    /// Headers by name.
    pub headers: BTreeMap<String, StringMatch>,
}

/// `v1alpha1.RolloutTrafficRouting`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TrafficRouting {
    /// Istio.
    pub istio: Option<Istio>,
    /// Ingress NGINX.
    pub nginx: Option<Nginx>,
    /// AWS load balancer controller.
    pub alb: Option<Alb>,
    /// Service Mesh Interface.
    pub smi: Option<Smi>,
    /// Ambassador.
    pub ambassador: Option<Ambassador>,
    /// AWS App Mesh.
    pub app_mesh: Option<AppMesh>,
    /// Traefik.
    pub traefik: Option<Traefik>,
    /// Apache APISIX.
    pub apisix: Option<Apisix>,
    /// Routes that Rollouts may create and remove.
    pub managed_routes: Option<Vec<ManagedRoute>>,
    /// What 100 % is called.
    pub max_traffic_weight: Option<i32>,
}

/// `v1alpha1.MangedRoutes`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ManagedRoute {
    /// Name of the route.
    pub name: String,
}

/// `v1alpha1.IstioTrafficRouting`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Istio {
    /// One virtual service.
    pub virtual_service: Option<VirtualService>,
    /// Several.
    pub virtual_services: Option<Vec<VirtualService>>,
    /// Subsets instead of services.
    pub destination_rule: Option<DestinationRule>,
}

/// `v1alpha1.IstioVirtualService`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct VirtualService {
    /// `name` or `name.namespace`.
    pub name: String,
    /// HTTP routes by name.
    pub routes: Vec<String>,
    /// TLS routes.
    pub tls_routes: Vec<TlsRoute>,
    /// TCP routes.
    pub tcp_routes: Vec<TcpRoute>,
}

/// `v1alpha1.TLSRoute`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TlsRoute {
    /// Port.
    pub port: i64,
    /// Server names.
    pub sni_hosts: Vec<String>,
}

/// `v1alpha1.TCPRoute`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TcpRoute {
    /// Port.
    pub port: i64,
}

/// `v1alpha1.IstioDestinationRule`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DestinationRule {
    /// Name of the DestinationRule.
    pub name: String,
    /// Subset of the canary's pods.
    pub canary_subset_name: String,
    /// Subset of the stable pods.
    pub stable_subset_name: String,
    /// Subsets whose weights are left alone.
    pub additional_subset_names: Vec<String>,
}

/// `v1alpha1.NginxTrafficRouting`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Nginx {
    /// Prefix of the canary annotations.
    pub annotation_prefix: String,
    /// One stable ingress.
    pub stable_ingress: String,
    /// Several.
    pub stable_ingresses: Option<Vec<String>>,
    /// Annotations that get the prefix.
    pub additional_ingress_annotations: BTreeMap<String, String>,
    /// Annotations as they are.
    pub canary_ingress_annotations: BTreeMap<String, String>,
}

/// `v1alpha1.ALBTrafficRouting`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Alb {
    /// One ingress.
    pub ingress: String,
    /// Several.
    pub ingresses: Option<Vec<String>>,
    /// Port of the services.
    pub service_port: i32,
    /// Service that the ingress names.
    pub root_service: String,
    /// Prefix of the annotations.
    pub annotation_prefix: String,
    /// Sticky target groups.
    pub stickiness_config: Option<Stickiness>,
}

/// `v1alpha1.StickinessConfig`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Stickiness {
    /// On.
    pub enabled: bool,
    /// Seconds.
    pub duration_seconds: i64,
}

/// `v1alpha1.SMITrafficRouting`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Smi {
    /// Service that clients use; the stable service by default.
    pub root_service: String,
    /// Name of the TrafficSplit; the Rollout's by default.
    pub traffic_split_name: String,
}

/// `v1alpha1.AmbassadorTrafficRouting`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Ambassador {
    /// Names of the Mappings that carry the stable traffic.
    pub mappings: Vec<String>,
}

/// `v1alpha1.TraefikTrafficRouting`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Traefik {
    /// Name of the TraefikService.
    pub weighted_traefik_service_name: String,
}

/// `v1alpha1.ApisixTrafficRouting`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Apisix {
    /// The route.
    pub route: Option<ApisixRoute>,
}

/// `v1alpha1.ApisixRoute`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ApisixRoute {
    /// Name of the ApisixRoute.
    pub name: String,
    /// Rules by name; the one named like the route by default.
    pub rules: Option<Vec<String>>,
}

/// `v1alpha1.AppMeshTrafficRouting`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AppMesh {
    /// The VirtualService.
    pub virtual_service: Option<AppMeshVirtualService>,
    /// The two nodes.
    pub virtual_node_group: Option<AppMeshVirtualNodeGroup>,
}

/// `v1alpha1.AppMeshVirtualService`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct AppMeshVirtualService {
    /// Name of the VirtualService.
    pub name: String,
    /// Routes by name; all by default.
    pub routes: Vec<String>,
}

/// `v1alpha1.AppMeshVirtualNodeGroup`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AppMeshVirtualNodeGroup {
    /// Node of the canary.
    pub canary_virtual_node_ref: Option<ManagedRoute>,
    /// Node of the stable version.
    pub stable_virtual_node_ref: Option<ManagedRoute>,
}

/// `v1alpha1.WeightDestination`: a further service that gets a share.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Destination {
    /// Share.
    pub weight: i32,
    /// Service.
    pub service_name: String,
    /// Value of the pod-template-hash label of its pods.
    pub pod_template_hash: String,
}
