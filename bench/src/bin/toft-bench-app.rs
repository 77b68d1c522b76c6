//! The app that is measured, as a program: `toft-bench-app PORT`. On one thread: what serves it
//! must be what is busy.

use std::io;

use toft_bench::app;

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let port = std::env::args().nth(1).and_then(|port| port.parse().ok());
    let listener = app::listen(port.unwrap_or(app::PORT)).await?;
    println!("{}", listener.local_addr()?.port());
    app::serve(listener).await
}
