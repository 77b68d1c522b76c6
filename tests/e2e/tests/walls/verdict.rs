//! What attempts came to.

use std::collections::BTreeMap;

/// How each attempt of a run ended, by its name: `through`, `refused` or `absent`, and why.
#[derive(Debug)]
pub struct Verdicts(BTreeMap<String, (String, String)>);

// === impl Verdicts ===

impl Verdicts {
    /// Reads what the program said. Nothing at all is an error: who does not try proves nothing.
    pub fn read(said: &str) -> Self {
        let all: BTreeMap<_, _> = said
            .lines()
            .filter_map(|line| {
                let (word, rest) = line.split_once(' ')?;
                let known = ["through", "refused", "absent"].contains(&word);
                let (name, why) = rest.split_once(": ").unwrap_or((rest, ""));
                known.then(|| (name.to_owned(), (word.to_owned(), why.to_owned())))
            })
            .collect();
        assert!(!all.is_empty(), "nothing was tried: {said}");
        Self(all)
    }

    /// The attempts that came through.
    pub fn through(&self) -> Vec<&str> {
        self.with("through")
    }

    /// The attempts that were refused.
    pub fn refused(&self) -> Vec<&str> {
        self.with("refused")
    }

    /// How many there were.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    fn with(&self, word: &str) -> Vec<&str> {
        let those = self.0.iter().filter(|(_, (how, _))| how == word);
        those.map(|(name, _)| name.as_str()).collect()
    }
}
