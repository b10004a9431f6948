//! The command as people meet it: arguments in, words and exit codes out. One binary, because
//! linking is slow; one module a subject.

mod appeals;
mod bad_input;
mod browser;
mod browser_appeals;
mod browser_axe;
mod browser_bench;
mod browser_book;
mod browser_drafts;
mod browser_editor;
mod browser_journey;
mod browser_pages;
mod browser_reports;
mod browser_terminal;
mod browser_weight;
mod browser_worlds;
mod class;
mod clusters;
mod course;
mod crowd;
mod differences;
mod journey;
mod manifests;
mod next_steps;
mod other_policies;
mod proxies;
mod pty;
mod quizzes;
mod real_cluster;
mod serving;
mod submitting;
mod terminal;
mod tokens;
mod usage;
mod worlds;
