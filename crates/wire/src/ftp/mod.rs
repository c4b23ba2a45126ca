//! FTP on the wire: one codec per grammar, parse and emit together.
