//! What the binaries share: numbers among their arguments, and how they tell what they counted.
//!
//! Always: a count that stayed zero is named. Never here: which arguments there are.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it is the binaries' output")]

/// The number that follows `word` among the arguments.
pub fn number(word: &str, words: &mut impl Iterator<Item = String>) -> Result<u64, String> {
    let number = words.next().and_then(|number| number.parse().ok());
    number.ok_or_else(|| format!("{word} needs a number"))
}

/// Prints all counts in one line.
pub fn tell(who: &str, counts: &[(&'static str, u64)]) {
    let named: Vec<String> = counts.iter().map(|(name, count)| format!("{name}={count}")).collect();
    println!("{who}: {}", named.join(" "));
}

/// Prints which counts stayed zero, and gives how many.
pub fn tell_zeros(who: &str, counts: &[(&'static str, u64)]) -> usize {
    let zeros: Vec<&str> = counts.iter().filter(|(_, count)| *count == 0).map(|(name, _)| *name).collect();
    if !zeros.is_empty() {
        println!("{who}: never happened: {}", zeros.join(", "));
    }
    zeros.len()
}
