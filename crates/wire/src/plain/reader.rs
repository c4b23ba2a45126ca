//! Reading plain bytes.

/// Bytes that are being read. See the module's rules for what happens when they are wrong.
#[derive(Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
    spoilt: bool,
}

impl<'a> Reader<'a> {
    /// Before the first of `bytes`.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self {
            rest: bytes,
            spoilt: false,
        }
    }

    /// Whether everything was read, and all of it meant something.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        self.rest.is_empty() && !self.spoilt
    }

    /// Whether something was met that means nothing.
    #[must_use]
    pub const fn is_spoilt(&self) -> bool {
        self.spoilt
    }

    /// Says that what was read means nothing.
    pub const fn spoil(&mut self) {
        self.rest = &[];
        self.spoilt = true;
    }

    /// The next byte.
    pub const fn byte(&mut self) -> u8 {
        match self.rest {
            [byte, rest @ ..] => {
                self.rest = rest;
                *byte
            }
            [] => {
                self.spoil();
                0
            }
        }
    }

    /// The next `count` bytes.
    pub const fn bytes(&mut self, count: usize) -> &'a [u8] {
        match self.rest.split_at_checked(count) {
            Some((bytes, rest)) => {
                self.rest = rest;
                bytes
            }
            None => {
                self.spoil();
                &[]
            }
        }
    }

    /// The next number, which is at most `most`.
    pub const fn number(&mut self, most: u64) -> u64 {
        let (mut number, mut shift) = (0, 0);
        loop {
            let byte = self.byte();
            let part = (byte & 0x7F) as u64;
            // Behind 64 bits nothing may follow.
            if shift > 63 || part << shift >> shift != part {
                self.spoil();
                return 0;
            }
            number |= part << shift;
            if byte & 0x80 == 0 {
                break;
            }
            shift += 7;
        }
        if number > most {
            self.spoil();
            return 0;
        }
        number
    }

    /// A variant's number, the last of which is `last`.
    pub const fn variant(&mut self, last: u8) -> u8 {
        let variant = self.byte();
        if variant > last {
            self.spoil();
            return 0;
        }
        variant
    }

    /// The length of what follows. Everything has at least one byte, so there can't be more than bytes.
    pub const fn length(&mut self) -> usize {
        let most = self.rest.len() as u64;
        self.number(most) as usize
    }
}
