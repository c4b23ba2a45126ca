//! Finding the secrets in what a client sends, before its line has ended.

use core::ops::Range;

use portolan_wire::ftp::{LineSplitter, Verb};

/// Marks the arguments of PASS and ACCT in the stream of a control connection, fed in any pieces.
///
/// Whoever records bytes records them as they come, so a password has to be marked while its line is still growing.
/// Lines and Telnet are the splitter's business here too: it is fed byte by byte, and asked what the line is so far.
#[derive(Debug, Default)]
pub(super) struct Secrets {
    splitter: LineSplitter,
    state: State,
    /// The last byte was a CR: perhaps the secret's, perhaps the line end's.
    after_cr: bool,
}

#[derive(Clone, Copy, Debug, Default)]
enum State {
    /// The line is too short to have a verb.
    #[default]
    Verb,
    /// The line has no secret.
    Plain,
    /// The line is a secret from here on; the part before `marked` is marked.
    Secret { marked: u64 },
}

impl Secrets {
    /// Takes the next bytes of the stream and calls `mark` for each piece of a secret in them.
    pub(super) fn feed(&mut self, bytes: &[u8], mut mark: impl FnMut(Range<u64>)) {
        for byte in bytes {
            let was_after_cr = core::mem::replace(&mut self.after_cr, *byte == b'\r');
            // A line that is too long is no less of a secret: only line ends matter here.
            let _ = self.splitter.next_line(&mut core::slice::from_ref(byte));
            let is_line_end = self.splitter.pending() == 0;
            match self.state {
                State::Secret { marked } if is_line_end => {
                    let end = self.splitter.offset() - 1 - u64::from(was_after_cr);
                    mark_some(marked..end, &mut mark);
                }
                State::Verb if !is_line_end => self.state = self.look(),
                _ => {}
            }
            if is_line_end {
                self.state = State::Verb;
            }
        }
        if let State::Secret { marked } = &mut self.state {
            let end = self.splitter.offset() - u64::from(self.after_cr);
            mark_some(*marked..end, &mut mark);
            *marked = end.max(*marked);
        }
    }

    /// What the line is, as far as it has come. Asked after each byte until there is a verb, so that the place of the
    /// argument is known even behind Telnet commands.
    fn look(&self) -> State {
        let Ok(Some(line)) = self.splitter.clone().next_line(&mut &b"\n"[..]) else {
            return State::Verb;
        };
        let text = line.bytes.trim_ascii_start();
        let Some((verb, behind)) = text.split_at_checked(4).filter(|(_, behind)| !behind.is_empty()) else {
            return State::Verb;
        };
        let is_secret = str::from_utf8(verb)
            .ok()
            .and_then(Verb::new)
            .is_some_and(Verb::is_secret);
        if !is_secret {
            return State::Plain;
        }
        // `PASS`, and something that is no space: no command, but somebody meant one.
        let marked = match behind {
            b" " => self.splitter.offset(),
            behind => self.splitter.offset() - behind.len() as u64,
        };
        State::Secret { marked }
    }
}

fn mark_some(range: Range<u64>, mark: &mut impl FnMut(Range<u64>)) {
    if range.start < range.end {
        mark(range);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The stream with each marked byte as `#`, fed in pieces of `size`.
    fn masked(stream: &[u8], size: usize) -> String {
        let mut secrets = Secrets::default();
        let mut shown = stream.to_vec();
        let mut fed = 0;
        for piece in stream.chunks(size) {
            fed += piece.len() as u64;
            secrets.feed(piece, |range| {
                assert!(range.end <= fed, "marked before it came");
                for offset in range {
                    shown[usize::try_from(offset).unwrap()] = b'#';
                }
            });
        }
        String::from_utf8_lossy(&shown).into_owned()
    }

    #[test]
    fn passwords_are_marked_however_they_come() {
        for (stream, expected) in [
            (
                "USER PASS\r\nPASS se cret\r\nPWD\r\n",
                "USER PASS\r\nPASS #######\r\nPWD\r\n",
            ),
            ("pass a\r\rb\r\nacct x\nPASSIVE\r\n", "pass ####\r\nacct #\nPASS###\r\n"),
            ("PASS\r\nPASS \r\nPASS a\nNOOP", "PASS\r\nPASS \r\nPASS #\nNOOP"),
            ("  Pass x\r\nPAS S y\r\n", "  Pass #\r\nPAS S y\r\n"),
            ("PASS unfinished", "PASS ##########"),
        ] {
            for size in 1..=stream.len() {
                assert_eq!(masked(stream.as_bytes(), size), expected, "in pieces of {size}");
            }
        }
    }

    #[test]
    fn telnet_does_not_hide_one() {
        let stream = b"\xff\xf4\xff\xf2PA\xff\xf1SS x\xff\xffy\r\n";
        let expected = String::from_utf8_lossy(b"\xff\xf4\xff\xf2PA\xff\xf1SS ####\r\n").into_owned();
        for size in 1..=stream.len() {
            assert_eq!(masked(stream, size), expected, "in pieces of {size}");
        }
    }

    #[test]
    fn a_line_that_is_too_long_is_marked_to_its_end() {
        let stream = format!("PASS {}\r\nNOOP\r\n", "x".repeat(LineSplitter::LIMIT * 2));
        let expected = stream.replace('x', "#");
        for size in [1, 7, 4_096, stream.len()] {
            assert!(masked(stream.as_bytes(), size) == expected, "in pieces of {size}");
        }
    }
}
