//! The port rail: all 65,536 ports on one bar, piecewise linear, low ports on top.

/// Room for a zigzag between two pieces.
pub const BREAK: f64 = 8.0;

/// First port, last port and share of the bar of each piece (RFC 6335: system, user, dynamic ports).
pub const PIECES: [(u16, u16, f64); 3] = [(0, 1_023, 0.30), (1_024, 49_151, 0.25), (49_152, 65_535, 0.45)];

/// A rail on the screen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rail {
    /// Its upper end.
    pub top: f64,
    /// Its length.
    pub height: f64,
}

/// A piece of a rail on the screen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Piece {
    /// Its upper end.
    pub top: f64,
    /// Its length.
    pub height: f64,
    /// Its first port.
    pub first: u16,
    /// Its last port.
    pub last: u16,
}

impl Rail {
    /// Its three pieces from the top.
    pub fn pieces(self) -> [Piece; 3] {
        let room = (self.height - 2.0 * BREAK).max(0.0);
        let mut top = self.top;
        PIECES.map(|(first, last, share)| {
            let piece = Piece {
                top,
                height: room * share,
                first,
                last,
            };
            top += piece.height + BREAK;
            piece
        })
    }

    /// Where a port lies.
    pub fn y(self, port: u16) -> f64 {
        let pieces = self.pieces();
        let piece = pieces.iter().find(|piece| port <= piece.last).or(pieces.last());
        piece.map_or(self.top, |piece| {
            let (span, into) = (
                f64::from(piece.last - piece.first),
                f64::from(port.saturating_sub(piece.first)),
            );
            piece.top + piece.height * into / span
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RAIL: Rail = Rail {
        top: 50.0,
        height: 216.0,
    };

    #[test]
    fn the_pieces_fill_the_rail_in_their_shares() {
        let [system, user, dynamic] = RAIL.pieces();
        assert_eq!((system.top, system.height), (50.0, 60.0));
        assert_eq!((user.top, user.height), (118.0, 50.0));
        assert_eq!((dynamic.top, dynamic.height), (176.0, 90.0));
        assert_eq!(dynamic.top + dynamic.height, RAIL.top + RAIL.height);
    }

    #[test]
    fn a_higher_port_is_never_drawn_above_a_lower_one() {
        let ys: Vec<f64> = (0..=u16::MAX).map(|port| RAIL.y(port)).collect();
        assert!(ys.windows(2).all(|pair| pair[0] <= pair[1]));
        assert_eq!((RAIL.y(0), RAIL.y(u16::MAX)), (50.0, 266.0));
    }

    #[test]
    fn the_ends_of_the_pieces_are_where_the_registry_puts_them() {
        let [system, user, dynamic] = RAIL.pieces();
        assert_eq!(RAIL.y(1_023), system.top + system.height);
        assert_eq!(RAIL.y(1_024), user.top);
        assert_eq!(RAIL.y(49_151), user.top + user.height);
        assert_eq!(RAIL.y(49_152), dynamic.top);
    }
}
