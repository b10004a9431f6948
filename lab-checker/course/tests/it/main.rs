//! The course crate from outside: small courses written here, and the real one.

#[cfg(test)]
mod checks;
#[cfg(test)]
mod engine;
#[cfg(test)]
mod expectations;
#[cfg(test)]
mod grading;
#[cfg(test)]
mod lint_page;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod proofs;
#[cfg(test)]
mod real_course;
#[cfg(test)]
mod recall;
#[cfg(test)]
mod reduced;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod sealed;
#[cfg(test)]
mod sloppy;
