//! `toft login`: signing this account in to a Toft. A Toft whose certificate nobody vouches for
//! is introduced by its fingerprint, which a person compares or brings along.

use std::io::{BufRead, IsTerminal, Read, Write};

use clap::Args;
use http::{Method, header};
use serde_json::{Value, json};

use crate::client::{Api, Endpoint, fingerprint, introducing, read, saved};
use crate::failure::{Context, Failure, Outcome};
use crate::output;

/// Longest token that is read.
const TOKEN_MAX: u64 = 4096;

/// Arguments of `login`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  toft login 'https://toft.localhost:8443/login?code=…'\n  toft token create laptop | ssh laptop toft login https://box:8443 --fingerprint AB:CD:…"
)]
pub struct Login {
    /// The link that `toft up` printed, or the Toft's address; then a token is read from
    /// standard input.
    url: String,
    /// SHA-256 of the Toft's CA, as `toft trust --show` prints it there.
    #[arg(long, value_name = "HEX")]
    fingerprint: Option<String>,
}

// === impl Login ===

impl Login {
    pub async fn run(self) -> Outcome<()> {
        let (base, code) = split(&self.url);
        let ca = self.introduce(base).await?;
        let token = match code {
            Some(code) => by_code(base, &ca, code).await?,
            None => prompt()?,
        };
        let api = Api::new(Endpoint::remote(base, Some(&ca))?, Some(token.clone()));
        let me = api.get("/api/toft/v1/me").await?;
        let path = saved::write(&saved::Saved {
            url: base.to_owned(),
            ca,
            token,
        })?;
        output::say(&format!(
            "signed in to {base} as {}; kept in {}",
            me["user"].as_str().unwrap_or("?"),
            path.display()
        ));
        Ok(())
    }

    /// The CA of the Toft, trusted by the system already, or vouched for by a person.
    async fn introduce(&self, base: &str) -> Outcome<String> {
        let fetch = async |api: Api| -> Outcome<String> {
            let answer = api
                .call(Method::GET, "/api/toft/v1/ca.pem", "*/*", "", bytes::Bytes::new())
                .await?;
            String::from_utf8(read(answer).await?.into()).context(|| "read the certificate".to_owned())
        };
        if self.fingerprint.is_none()
            && let Ok(ca) = fetch(Api::new(Endpoint::remote(base, None)?, None)).await
        {
            return Ok(ca);
        }
        let ca = fetch(Api::new(Endpoint::remote_with(base, introducing()?)?, None)).await?;
        let print = fingerprint(ca.as_bytes())?;
        let plain = |text: &str| {
            text.chars()
                .filter(char::is_ascii_hexdigit)
                .collect::<String>()
                .to_ascii_uppercase()
        };
        match &self.fingerprint {
            Some(expected) if plain(expected) == plain(&print) => Ok(ca),
            Some(_) => Err(Failure::new(format!("{base} shows another certificate: {print}"))
                .hint("somebody may stand in between; compare with `toft trust --show` on that machine")),
            None => confirm(base, &print).map(|()| ca),
        }
    }
}

/// The address and the code of a sign-in link.
fn split(url: &str) -> (&str, Option<&str>) {
    let code = url
        .split_once("code=")
        .map(|(_, code)| code.split(['&', '#']).next().unwrap_or(code));
    let after_scheme = url.find("://").map_or(0, |at| at + 3);
    let end = url[after_scheme..]
        .find('/')
        .map_or(url.len(), |at| after_scheme + at);
    (&url[..end], code)
}

fn confirm(base: &str, print: &str) -> Outcome<()> {
    let how = "compare with `toft trust --show` on that machine, then: toft login URL --fingerprint HEX";
    if !std::io::stdin().is_terminal() {
        return Err(Failure::new(format!(
            "the certificate of {base} is not trusted: SHA-256 {print}"
        ))
        .hint(how));
    }
    output::say(&format!(
        "The certificate of {base} is not known here. Its CA's SHA-256 is\n  {print}\n`toft trust --show` on that machine prints the right one."
    ));
    let _ = write!(anstream::stderr(), "Is it the same? [y/N] ");
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    if read.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes") {
        Ok(())
    } else {
        Err(Failure::new("not signed in").hint(how))
    }
}

/// Redeems a sign-in code for a token of this machine's.
async fn by_code(base: &str, ca: &str, code: &str) -> Outcome<String> {
    let api = Api::new(Endpoint::remote(base, Some(ca))?, None);
    let body = bytes::Bytes::from(json!({ "code": code }).to_string());
    let answer = api
        .call(
            Method::POST,
            "/api/toft/v1/login",
            "application/json",
            "application/json",
            body,
        )
        .await?;
    let cookies = answer
        .headers()
        .get_all(header::SET_COOKIE)
        .iter()
        .filter_map(|cookie| cookie.to_str().ok());
    let cookie = cookies
        .filter_map(|cookie| cookie.split(';').next())
        .find(|cookie| cookie.starts_with("__Host-toft="));
    let cookie = cookie
        .ok_or_else(|| Failure::new("the daemon did not sign in"))?
        .to_owned();
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let wish = json!({ "name": format!("toft login on {}", host.trim()) });
    let made: Value = api
        .json_with_cookie(Method::POST, "/api/toft/v1/tokens", &wish, &cookie)
        .await?;
    made["token"]
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| Failure::new("the daemon gave no token"))
}

fn prompt() -> Outcome<String> {
    if std::io::stdin().is_terminal() {
        output::say(
            "Paste a token (make one with `toft token create NAME`, or in the browser under Tokens):",
        );
    }
    let mut token = String::new();
    let read = if std::io::stdin().is_terminal() {
        std::io::stdin().lock().read_line(&mut token)
    } else {
        std::io::stdin().take(TOKEN_MAX).read_to_string(&mut token)
    };
    read.context(|| "read the token".to_owned())?;
    let token = token.trim();
    if token.is_empty() {
        Err(Failure::new("no token was given"))
    } else {
        Ok(token.to_owned())
    }
}

#[cfg(test)]
mod tests;
