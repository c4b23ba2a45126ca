//! Portolan: to be filled.
