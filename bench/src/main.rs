//! `make bench`: Toft and its peers in one run, and one table of what was promised and what came
//! of it. Whether goals are held is said in the table and does not decide the exit code; that a
//! measurement could not be taken does.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use toft_bench::failure::{Context, Failure};
use toft_bench::measures::Measure;
use toft_bench::row::Row;
use toft_bench::world::{World, say};
use toft_bench::{readme, table};
use tokio::signal::unix::{SignalKind, signal};

/// Measure Toft against its peers.
#[derive(Debug, Parser)]
struct Args {
    /// The release binary to measure.
    #[arg(long, env = "TOFT_BIN", value_name = "PATH")]
    program: PathBuf,
    /// Where packed images are kept for the next run.
    #[arg(long, value_name = "DIR", default_value = "target/bench-cache")]
    cache: PathBuf,
    /// How many samples are taken of each subject.
    #[arg(long, value_name = "COUNT", default_value_t = 15)]
    rounds: usize,
    /// Only these measurements.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "NAME")]
    only: Vec<Measure>,
    /// Write the table into README.md.
    #[arg(long, conflicts_with = "only")]
    readme: bool,
    /// Print the table as Markdown.
    #[arg(long)]
    markdown: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Args::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// Whether everything could be measured.
async fn run(args: Args) -> Result<bool, Failure> {
    let cache = std::path::absolute(&args.cache).context(|| "find the cache".to_owned())?;
    let world = World::new(&args.program, &cache, args.rounds)?;
    let wanted = if args.only.is_empty() {
        Measure::value_variants()
    } else {
        &args.only
    };
    let mut rows = Vec::new();
    let whole = tokio::select! {
        whole = measure(&world, wanted, &mut rows) => whole,
        () = interrupted() => {
            say("interrupted");
            false
        }
    };
    say("removing what was made");
    world.close().await;
    print!(
        "{}",
        if args.markdown {
            table::markdown(&rows)
        } else {
            table::text(&rows)
        }
    );
    if args.readme && whole {
        readme::update("README.md".as_ref(), &table::markdown(&rows))?;
    }
    Ok(whole)
}

/// Takes one measurement after the other. One that fails does not keep the others from being taken.
async fn measure(world: &World, wanted: &[Measure], rows: &mut Vec<Row>) -> bool {
    let mut whole = true;
    for measure in wanted {
        say(&format!("measuring {measure:?}"));
        match measure.run(world).await {
            Ok(more) => rows.extend(more),
            Err(failure) => {
                say(&format!("{measure:?} could not be measured: {failure}"));
                whole = false;
            }
        }
    }
    whole
}

async fn interrupted() {
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
