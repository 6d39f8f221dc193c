//! Traffic routing settings.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Map, Value};

/// v1alpha1.RolloutTrafficRouting.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct TrafficRouting {
    pub(crate) istio: Option<Istio>,
    pub(crate) nginx: Option<Nginx>,
    pub(crate) alb: Option<Alb>,
    pub(crate) smi: Option<Smi>,
    pub(crate) ambassador: Option<Ambassador>,
    pub(crate) app_mesh: Option<AppMesh>,
    pub(crate) traefik: Option<Traefik>,
    pub(crate) managed_routes: Option<Vec<ManagedRoute>>,
    pub(crate) apisix: Option<Apisix>,
    pub(crate) plugins: Option<Map<String, Value>>,
    pub(crate) max_traffic_weight: Option<i32>,
}

/// v1alpha1.MangedRoutes (sic).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ManagedRoute {
    pub(crate) name: String,
}

/// v1alpha1.IstioTrafficRouting.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Istio {
    pub(crate) virtual_service: Option<VirtualServiceRef>,
    pub(crate) destination_rule: Option<DestinationRuleRef>,
    pub(crate) virtual_services: Option<Vec<VirtualServiceRef>>,
}

/// v1alpha1.IstioVirtualService.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct VirtualServiceRef {
    pub(crate) name: String,
    pub(crate) routes: Vec<String>,
    pub(crate) tls_routes: Vec<TlsRoute>,
    pub(crate) tcp_routes: Vec<TcpRoute>,
}

/// v1alpha1.TLSRoute.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct TlsRoute {
    pub(crate) port: i64,
    pub(crate) sni_hosts: Vec<String>,
}

/// v1alpha1.TCPRoute.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TcpRoute {
    pub(crate) port: i64,
}

/// v1alpha1.IstioDestinationRule.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DestinationRuleRef {
    pub(crate) name: String,
    pub(crate) canary_subset_name: String,
    pub(crate) stable_subset_name: String,
    pub(crate) additional_subset_names: Vec<String>,
}

/// v1alpha1.NginxTrafficRouting.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Nginx {
    pub(crate) annotation_prefix: String,
    pub(crate) stable_ingress: String,
    pub(crate) additional_ingress_annotations: BTreeMap<String, String>,
    pub(crate) stable_ingresses: Option<Vec<String>>,
    pub(crate) canary_ingress_annotations: BTreeMap<String, String>,
}

/// v1alpha1.ALBTrafficRouting.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Alb {
    pub(crate) ingress: String,
    pub(crate) service_port: i32,
    pub(crate) root_service: String,
    pub(crate) annotation_prefix: String,
    pub(crate) stickiness_config: Option<Stickiness>,
    pub(crate) ingresses: Option<Vec<String>>,
}

/// v1alpha1.StickinessConfig.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Stickiness {
    pub(crate) enabled: bool,
    pub(crate) duration_seconds: i64,
}

/// v1alpha1.SMITrafficRouting.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Smi {
    pub(crate) root_service: String,
    pub(crate) traffic_split_name: String,
}

/// v1alpha1.AmbassadorTrafficRouting.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ambassador {
    pub(crate) mappings: Vec<String>,
}

/// v1alpha1.TraefikTrafficRouting.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Traefik {
    pub(crate) weighted_traefik_service_name: String,
}

/// v1alpha1.ApisixTrafficRouting.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Apisix {
    pub(crate) route: Option<ApisixRoute>,
}

/// v1alpha1.ApisixRoute.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ApisixRoute {
    pub(crate) name: String,
    pub(crate) rules: Option<Vec<String>>,
}

/// v1alpha1.AppMeshTrafficRouting.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AppMesh {
    pub(crate) virtual_service: Option<AppMeshVirtualService>,
    pub(crate) virtual_node_group: Option<AppMeshNodeGroup>,
}

/// v1alpha1.AppMeshVirtualService.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AppMeshVirtualService {
    pub(crate) name: String,
    pub(crate) routes: Vec<String>,
}

/// v1alpha1.AppMeshVirtualNodeGroup.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AppMeshNodeGroup {
    pub(crate) canary_virtual_node_ref: Option<AppMeshNodeRef>,
    pub(crate) stable_virtual_node_ref: Option<AppMeshNodeRef>,
}

/// v1alpha1.AppMeshVirtualNodeReference.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AppMeshNodeRef {
    pub(crate) name: String,
}
