//! Formats of names and ranges of numbers: apimachinery's package `validation`.

pub(crate) use crate::kube::names::{
    config_map_key, dns1123_label, dns1123_subdomain, env_var_name, http_header_name, label_value, name_is_dns_subdomain, port_name,
    qualified_name,
};

/// `IsValidPortNum`.
pub(crate) fn port_number(value: i64) -> Vec<String> {
    in_range(value, 1, 65535)
}

/// `IsInRange`.
pub(crate) fn in_range(value: i64, low: i64, high: i64) -> Vec<String> {
    if (low..=high).contains(&value) { Vec::new() } else { vec![format!("must be between {low} and {high}, inclusive")] }
}

/// `IsValidUserID` and `IsValidGroupID`.
pub(crate) fn user_or_group_id(value: i64) -> Vec<String> {
    in_range(value, 0, i64::from(i32::MAX))
}
