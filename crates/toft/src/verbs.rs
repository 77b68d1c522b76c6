//! One file a verb: its arguments and what it does.

pub mod apply;
pub mod bench;
pub mod clone;
pub mod completion;
pub mod cp;
pub mod create;
pub mod delete;
pub mod doctor;
pub mod events;
pub mod exec;
pub mod explain;
pub mod get;
pub mod image;
pub mod kubeconfig;
pub mod limits;
pub mod login;
pub mod logs;
pub mod open;
pub mod power;
pub mod purge;
pub mod resize;
pub mod service;
pub mod snapshot;
pub mod template;
pub mod token;
pub mod top;
pub mod trust;
pub mod up;
pub mod user;
pub mod version;
pub mod wait;

use std::process::ExitCode;

use crate::args::{Toft, Verb};
use crate::client::{Api, Settings};
use crate::failure::Outcome;

/// Carries out what the command line asks for.
///
/// # Errors
/// What failed, ready to be shown.
pub async fn run(toft: Toft) -> Outcome<ExitCode> {
    let settings = Settings {
        data_dir: toft.data_dir,
        url: toft.url,
    };
    let api = || Api::connect(&settings);
    match toft.verb {
        Verb::Up(verb) => verb.run(&settings).await,
        Verb::Serve(verb) => verb.run(&settings).await,
        Verb::Login(verb) => done(verb.run().await),
        Verb::Trust(verb) => done(verb.run(&settings).await),
        Verb::Doctor(verb) => verb.run(&settings).await,
        Verb::Create(verb) => done(verb.run(&api()?).await),
        Verb::Ls(verb) => done(verb.run(&api()?).await),
        Verb::Get(verb) => done(verb.run(&api()?).await),
        Verb::Logs(verb) => done(verb.run(&api()?).await),
        Verb::Events(verb) => done(verb.run(&api()?).await),
        Verb::Top(verb) => done(verb.run(&api()?).await),
        Verb::Start(verb) => done(verb.run(&api()?).await),
        Verb::Stop(verb) => done(verb.run(&api()?).await),
        Verb::Restart(verb) => done(verb.run(&api()?).await),
        Verb::Delete(verb) => done(verb.run(&api()?).await),
        Verb::Snapshot(verb) => done(verb.run(&api()?).await),
        Verb::Clone(verb) => done(verb.run(&api()?).await),
        Verb::Resize(verb) => done(verb.run(&api()?).await),
        Verb::Exec(verb) => verb.run(&api()?).await,
        Verb::Cp(verb) => done(verb.run(&api()?).await),
        Verb::Open(verb) => done(verb.run(&api()?).await),
        Verb::Apply(verb) => done(verb.run(&api()?).await),
        Verb::Diff(verb) => verb.run(&api()?).await,
        Verb::Explain(verb) => done(verb.run()),
        Verb::Kubeconfig(verb) => done(verb.run(&api()?).await),
        Verb::Service(verb) => done(verb.run(&settings).await),
        Verb::Purge(verb) => done(verb.run(&settings).await),
        Verb::User(verb) => done(verb.run(&api()?).await),
        Verb::Token(verb) => done(verb.run(&api()?).await),
        Verb::Template(verb) => done(verb.run(&api()?).await),
        Verb::Image(verb) => done(verb.run(&api()?).await),
        Verb::Version(verb) => done(verb.run(&settings).await),
        Verb::Bench(verb) => done(verb.run(&api()?, &settings).await),
        Verb::Completion(verb) => done(verb.run()),
        Verb::Man(verb) => done(verb.run()),
    }
}

fn done(outcome: Outcome<()>) -> Outcome<ExitCode> {
    outcome.map(|()| ExitCode::SUCCESS)
}
