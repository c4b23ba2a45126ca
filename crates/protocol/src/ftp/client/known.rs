//! What a session has found out about its server.

use portolan_wire::action::TransferMode;
use portolan_wire::ftp::{Features, ReplyCode, Verb};
use portolan_wire::ordered::Set;

/// What was learnt since the control connection was made.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// What FEAT listed; nothing while it was not asked.
    features: Option<Features>,
    /// Verbs that the server has refused and that have something to take their place.
    refused: Set<Verb>,
}

impl Known {
    pub(super) fn learn(&mut self, features: Features) {
        self.features = Some(features);
    }

    /// Whether FEAT listed that.
    pub(super) fn has(&self, feature: &str) -> bool {
        self.features.as_ref().is_some_and(|features| features.has(feature))
    }

    /// From now on the verb's substitute is used without asking.
    pub(super) fn refused(&mut self, verb: Verb) {
        self.refused.insert(verb);
    }

    /// The verb may be tried again.
    pub(super) fn forgive(&mut self, verb: Verb) {
        self.refused.remove(&verb);
    }

    /// Whether FEAT told MLST, which means MLSD too (RFC 3659 section 7.8), and MLSD was not refused all the same.
    pub(super) fn lists_for_machines(&self) -> bool {
        self.has("MLST") && !self.refused.contains(&Verb::MLSD)
    }

    /// Whether MLST is worth a try: it is, until something speaks against it.
    pub(super) fn may_tell_facts(&self) -> bool {
        let is_told = self.features.as_ref().is_none_or(|features| features.has("MLST"));
        is_told && !self.refused.contains(&Verb::MLST)
    }

    /// The mode to use where `wanted` is asked for.
    pub(super) fn mode(&self, wanted: TransferMode) -> TransferMode {
        match extended_verb(wanted) {
            Some((verb, plain)) if self.refused.contains(&verb) => plain,
            _ => wanted,
        }
    }
}

/// The verb of an extended mode, and the plain mode beside it.
pub(super) const fn extended_verb(mode: TransferMode) -> Option<(Verb, TransferMode)> {
    match mode {
        TransferMode::ExtendedActive => Some((Verb::EPRT, TransferMode::Active)),
        TransferMode::ExtendedPassive => Some((Verb::EPSV, TransferMode::Passive)),
        TransferMode::Active | TransferMode::Passive => None,
    }
}

/// Whether `code` says that the server does not know the command itself, whatever it was asked for.
pub(super) const fn is_unknown(code: ReplyCode) -> bool {
    matches!(
        code,
        ReplyCode::SYNTAX_ERROR | ReplyCode::NOT_IMPLEMENTED | ReplyCode::ARGUMENT_NOT_IMPLEMENTED
    )
}
