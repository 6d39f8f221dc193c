//! Keywords of texts and numbers.

use serde_json::{Map, Value};

use super::{Context, Run, bound, pattern, refuse};
use crate::Result;
use crate::lang::javascript::{number_to_string, stringify, to_text};

impl Run<'_> {
    pub(super) fn text(&mut self, keyword: &str, text: &str, argument: &Value, context: &Context) -> Result<()> {
        match keyword {
            "pattern" if !pattern(argument)?.is_match(text) => {
                let printed = stringify(&Value::String(to_text(argument)));
                self.report(context, "pattern", format!("does not match pattern {printed}"));
            }
            "minLength" if !(text.chars().count() as f64 >= bound(argument)) => {
                self.report(context, "minLength", format!("does not meet minimum length of {}", to_text(argument)));
            }
            "maxLength" if !(text.chars().count() as f64 <= bound(argument)) => {
                self.report(context, "maxLength", format!("does not meet maximum length of {}", to_text(argument)));
            }
            _ => {}
        }
        Ok(())
    }

    pub(super) fn number(
        &mut self,
        keyword: &str,
        instance: f64,
        argument: &Value,
        schema: &Map<String, Value>,
        context: &Context,
    ) -> Result<()> {
        let exclusive = |keyword: &str| schema.get(keyword) == Some(&Value::Bool(true));
        let limit = bound(argument);
        let printed = || to_text(argument);
        match keyword {
            "minimum" if exclusive("exclusiveMinimum") && !(instance > limit) => {
                self.report(context, "minimum", format!("must be greater than {}", printed()));
            }
            "minimum" if !exclusive("exclusiveMinimum") && !(instance >= limit) => {
                self.report(context, "minimum", format!("must be greater than or equal to {}", printed()));
            }
            "maximum" if exclusive("exclusiveMaximum") && !(instance < limit) => {
                self.report(context, "maximum", format!("must be less than {}", printed()));
            }
            "maximum" if !exclusive("exclusiveMaximum") && !(instance <= limit) => {
                self.report(context, "maximum", format!("must be less than or equal to {}", printed()));
            }
            "exclusiveMinimum" if !argument.is_boolean() && !(instance > limit) => {
                self.report(context, "exclusiveMinimum", format!("must be strictly greater than {}", printed()));
            }
            "exclusiveMaximum" if !argument.is_boolean() && !(instance < limit) => {
                self.report(context, "exclusiveMaximum", format!("must be strictly less than {}", printed()));
            }
            "multipleOf" | "divisibleBy" => {
                let name = if keyword == "multipleOf" { "multipleOf" } else { "divisibleBy" };
                if limit == 0.0 {
                    return refuse(format!("{name} cannot be zero"));
                }
                let multiplier = 10_f64.powi(decimals(instance).max(decimals(limit)));
                let rest = (instance * multiplier + 0.5).floor() % (limit * multiplier + 0.5).floor();
                if rest != 0.0 {
                    let words =
                        if name == "multipleOf" { "is not a multiple of (divisible by)" } else { "is not divisible by (multiple of)" };
                    self.report(context, name, format!("{words} {}", stringify(argument)));
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// Decimal places of a number as it prints.
fn decimals(number: f64) -> i32 {
    let text = number_to_string(number);
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text.as_str(), ""));
    let shift = match exponent.strip_prefix('-') {
        Some(places) => places.parse().unwrap_or(0),
        None if !exponent.is_empty() => return 0,
        None => 0,
    };
    shift + mantissa.split_once('.').map_or(0, |(_, part)| part.len() as i32)
}
