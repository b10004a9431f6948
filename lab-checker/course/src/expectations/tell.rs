//! Wrong flows in words: one for each pair of pods that are there, and where none are, one that could be.

use std::collections::HashSet;

use netpol::{
    Destination, Endpoint, Engine, Flow, FlowText, PortRef, PortStretch, Survey, SurveyEnd, port_stretches_in_words,
};

use super::ends::{Group, Groups, Wrong};
use super::model::{Rule, VerifiedCheck};
use crate::check::Check;

/// So many flows of one kind are told with the engine's words; of the others, that they are like these.
const MOST_EXPLAINED: usize = 20;

/// What is known about ends and flows.
pub(super) struct Teller<'a> {
    engine: &'a Engine,
    survey: &'a Survey,
    groups: &'a Groups,
}

impl<'a> Teller<'a> {
    pub(super) fn new(engine: &'a Engine, survey: &'a Survey, groups: &'a Groups) -> Self {
        Self { engine, survey, groups }
    }

    /// Flows that are wrong, those that are easiest to understand first, and how many more there are.
    pub(super) fn wrong(&self, rule: &Rule, wrong: &[Wrong], most: usize) -> (Vec<VerifiedCheck>, usize) {
        let mut flows: Vec<(usize, &Wrong, usize, usize)> = Vec::new();
        for wrong in wrong {
            flows.extend(self.pairs(wrong).map(|(from, to)| (self.rank(from) + self.rank(to), wrong, from, to)));
        }
        flows.sort_by_key(|(rank, ..)| *rank);
        let more = flows.len().saturating_sub(most);
        let mut explained: HashSet<(usize, usize)> = HashSet::new();
        let told = flows.into_iter().take(most).map(|(_, wrong, from, to)| {
            let is_new = explained.len() < MOST_EXPLAINED && explained.insert((wrong.from, wrong.to));
            self.check(rule, wrong, (from, to), is_new)
        });
        let mut told: Vec<VerifiedCheck> = told.collect();
        if let (Some(first), Some(why)) = (told.first_mut(), &rule.why) {
            // The author's sentence once, not with every flow.
            first.check.message = format!("{} {}", first.check.message, why.trim());
        }
        (told, more)
    }

    /// The ends of some wrong flows: all pairs of pods that are there, or one pair that could be.
    fn pairs(&self, wrong: &Wrong) -> impl Iterator<Item = (usize, usize)> + '_ {
        let [from, to] = [wrong.from, wrong.to].map(|group| self.told(&self.groups.list[group]));
        let all = from.into_iter().flat_map(move |from| to.clone().into_iter().map(move |to| (from, to)));
        let is_stranger = |end: usize| matches!(self.survey.ends[end], SurveyEnd::Stranger(_));
        // A pod cannot block access to itself; two strangers of one kind are two pods.
        all.filter(move |(from, to)| from != to || is_stranger(*from))
    }

    /// The members of a group that are told: those that are there, else the first.
    fn told(&self, group: &Group) -> Vec<usize> {
        let there: Vec<usize> =
            group.members.iter().copied().filter(|end| matches!(self.survey.ends[*end], SurveyEnd::Pod(_))).collect();
        match there.as_slice() {
            [] => group.members.iter().take(1).copied().collect(),
            // A pod alone has nobody of its own kind to call.
            [_] if group.members.len() > 1 => there.into_iter().chain(self.first_stranger(group)).collect(),
            _ => there,
        }
    }

    fn first_stranger(&self, group: &Group) -> Option<usize> {
        group.members.iter().copied().find(|end| matches!(self.survey.ends[*end], SurveyEnd::Stranger(_)))
    }

    /// How much a reader has to imagine.
    fn rank(&self, end: usize) -> usize {
        match self.survey.ends[end] {
            SurveyEnd::Pod(_) => 0,
            SurveyEnd::Address(_) => 1,
            SurveyEnd::Stranger(_) => 2,
        }
    }

    fn endpoint(&self, end: usize) -> Endpoint {
        match &self.survey.ends[end] {
            SurveyEnd::Pod(name) => Endpoint::Pod(name.clone()),
            SurveyEnd::Stranger(stranger) => Endpoint::Pod(stranger.name()),
            SurveyEnd::Address(address) => Endpoint::Address(address.example),
        }
    }

    fn check(&self, rule: &Rule, wrong: &Wrong, (from, to): (usize, usize), is_new: bool) -> VerifiedCheck {
        let (flow, text) = self.flow((from, to), wrong.ports[0]);
        let explanation = is_new.then(|| self.engine.explain(&flow).ok()).flatten();
        let decided_by = explanation.as_ref().map(|explanation| explanation.decided_by.clone()).unwrap_or_default();
        let why =
            explanation.map_or_else(|| format!("{text} is {}.", rule.opposite()), |explanation| explanation.summary);
        let mut message = format!("It must be {}. {why}", rule.verdict);
        for end in [from, to] {
            message.extend(self.who(end).map(|who| format!(" {who}.")));
        }
        let ports = port_stretches_in_words(&wrong.ports);
        if !matches!(wrong.ports.as_slice(), [one] if one.first == one.last) {
            message.push_str(&format!(" The same goes for {ports}."));
        }
        let check = Check { name: rule.name.clone(), passed: false, message, flow: Some(text), decided_by };
        VerifiedCheck { stretches: wrong.ports.clone(), ports: Some(ports), ..VerifiedCheck::of(rule, check) }
    }

    fn flow(&self, (from, to): (usize, usize), port: PortStretch) -> (Flow, FlowText) {
        let [from, to] = [from, to].map(|end| self.endpoint(end));
        let text = FlowText { from: from.to_string(), to: to.to_string(), port: port.first, protocol: port.protocol };
        let to = Destination { endpoint: to, port: PortRef::Number(port.first), protocol: port.protocol };
        (Flow { from, to }, text)
    }

    /// What a written end stands for, when it is not there today.
    fn who(&self, end: usize) -> Option<String> {
        match &self.survey.ends[end] {
            SurveyEnd::Pod(_) => None,
            SurveyEnd::Stranger(stranger) => Some(format!("{stranger} stands for {}", stranger.in_words())),
            SurveyEnd::Address(address) => Some(format!("{} stands for {address}", address.example)),
        }
    }

    /// A sentence about flows of which nobody can know.
    pub(super) fn unknown(&self, unknown: &[Wrong]) -> Option<String> {
        let first = unknown.iter().find_map(|wrong| Some((self.pairs(wrong).next()?, wrong)))?;
        let (_, text) = self.flow(first.0, first.1.ports[0]);
        let more = unknown.iter().map(|wrong| self.pairs(wrong).count()).sum::<usize>() - 1;
        let others = match more {
            0 => String::new(),
            1 => " and one more flow".to_owned(),
            more => format!(" and {more} more flows"),
        };
        let verb = if more == 0 { "depends" } else { "depend" };
        Some(format!("{text}{others} {verb} on pods' addresses, which the files do not name; --pod-cidr tells them"))
    }
}
