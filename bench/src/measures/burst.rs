//! Fifty creates asked at once, until a command answers in the last of them.

use std::time::Instant;

use crate::failure::{Context, Failure};
use crate::row::{Row, Side};
use crate::samples::{Reading, Unit};
use crate::toft::{SMALL, Toft};
use crate::world::World;

/// How many are asked for.
pub const MANY: u32 = 50;

/// See the module.
pub async fn run(world: &World) -> Result<Vec<Row>, Failure> {
    let toft = world.toft().await?;
    let began = Instant::now();
    let names = create_many(&toft, "burst").await?;
    let took = began.elapsed();
    let mut answering = 0;
    for name in &names {
        answering += u32::from(toft.exec(name, &["true"]).await.is_ok());
    }
    delete_many(&toft, &names).await?;
    let rate = f64::from(answering) / took.as_secs_f64();
    Ok(vec![
        Row::fixed(
            "50 creates at once: answering",
            Unit::Count,
            Side::AtLeast,
            f64::from(MANY),
            Reading::once(f64::from(answering)),
        ),
        Row::fixed(
            "50 creates at once: ready",
            Unit::PerSecond,
            Side::AtLeast,
            8.0,
            Reading::once(rate),
        ),
    ])
}

/// Applies [`MANY`] workspaces in one go and waits until all are ready.
pub async fn create_many(toft: &Toft, prefix: &str) -> Result<Vec<String>, Failure> {
    let names: Vec<String> = (0..MANY).map(|number| format!("{prefix}-{number}")).collect();
    let objects: String = names
        .iter()
        .map(|name| {
            format!("---\napiVersion: toft.dev/v1alpha1\nkind: Workspace\nmetadata: {{name: {name}}}\nspec: {{template: {SMALL}, running: true}}\n")
        })
        .collect();
    toft.feed(&["apply", "-f", "-"], objects.as_bytes()).await?;
    // `start` changes nothing here: it waits for each.
    let all: Vec<&str> = names.iter().map(String::as_str).collect();
    toft.call(&[&["start", "--wait=300"], all.as_slice()].concat())
        .await
        .context(|| format!("create {MANY} workspaces at once"))?;
    Ok(names)
}

/// Deletes them.
pub async fn delete_many(toft: &Toft, names: &[String]) -> Result<(), Failure> {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    toft.delete(&names).await
}
