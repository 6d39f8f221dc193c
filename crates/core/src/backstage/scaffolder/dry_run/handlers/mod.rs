//! The actions that a dry run calls.

mod catalog;
mod debug;
mod fetch;
mod filesystem;
mod modules;
mod template;

use serde_json::Value;

use super::workspace::Workspace;
use crate::{Error, Result};
pub(super) use template::extension as template_extension;

/// One call of an action.
#[derive(Debug)]
pub(super) struct Call<'a> {
    /// The action's id.
    pub(super) action: &'a str,
    /// The step's id.
    pub(super) step: &'a str,
    /// The rendered input, which fits the action's schema.
    pub(super) input: &'a Value,
    /// What can be fetched.
    pub(super) content: &'a Workspace,
    /// Where relative URLs start from in it.
    pub(super) folder: &'a str,
    /// The files of the run.
    pub(super) workspace: &'a mut Workspace,
    /// What the catalog knows.
    pub(super) entities: &'a [&'a Value],
    /// What the action put out.
    pub(super) output: Vec<(&'static str, Value)>,
    /// What it told the log.
    pub(super) log: Vec<String>,
}

impl<'a> Call<'a> {
    /// A text of the input.
    fn text(&self, key: &str) -> Option<&'a str> {
        self.input.get(key).and_then(Value::as_str)
    }

    /// A switch of the input.
    fn flag(&self, key: &str) -> bool {
        self.input.get(key) == Some(&Value::Bool(true))
    }

    fn say(&mut self, message: impl Into<String>) {
        self.log.push(message.into());
    }

    fn put(&mut self, name: &'static str, value: impl Into<Value>) {
        self.output.push((name, value.into()));
    }
}

/// Calls the action; those that have no other effect in a dry run do nothing.
pub(super) fn call(call: &mut Call<'_>) -> Result<()> {
    match call.action {
        "fetch:plain" => fetch::plain(call),
        "fetch:plain:file" => fetch::plain_file(call),
        "fetch:template" => template::folder(call),
        "fetch:template:file" => template::file(call),
        "debug:log" => {
            debug::log(call);
            Ok(())
        }
        "fs:delete" => filesystem::delete(call),
        "fs:rename" => filesystem::rename(call),
        "fs:readdir" => filesystem::list(call),
        "catalog:fetch" => catalog::fetch(call),
        "catalog:write" => catalog::write(call),
        "github:issues:create" => modules::github_issue(call),
        "github:webhook" => modules::github_webhook(call),
        "publish:github:pull-request" => modules::github_pull_request(call),
        "gitlab:group:access" => modules::gitlab_access(call),
        "gitlab:group:ensureExists" => {
            call.put("groupId", 42);
            Ok(())
        }
        "publish:gerrit" => Err(Error::upstream("No matching integration configuration for host, please check your integrations config")),
        "sentry:fetch:dsn" => Err(Error::upstream("No valid sentry token given")),
        _ => Ok(()),
    }
}
