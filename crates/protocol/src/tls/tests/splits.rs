//! Where the streams are cut makes no difference.

use proptest::prelude::*;

use super::*;

/// A session's life: plain, secured, talk of some size, cleared, plain, ended. All that was heard and all that happened.
fn life(versions: Versions, cuts: Vec<usize>, size: usize) -> (Vec<u8>, Vec<u8>, Vec<Event>, Vec<Event>) {
    let mut pair = Pair::new();
    pair.cuts = cuts;
    pair.client.say(b"AUTH TLS\r\n");
    pair.run();
    pair.server.say(b"234 Go on\r\n");
    pair.run();
    pair.begin(&client(versions, 3), &server(versions, 4, &identity()));
    pair.run();
    let content: Vec<u8> = (0..size).map(|at| (at % 251) as u8).collect();
    pair.client.say(&content);
    pair.server.say(b"200 OK\r\n");
    pair.server.layer.clear();
    pair.run();
    pair.client.layer.clear();
    pair.client.send();
    pair.client.say(b"NOOP\r\n");
    pair.run();
    pair.client.layer.handle_eof();
    pair.run();
    (
        pair.client.heard,
        pair.server.heard,
        pair.client.events,
        pair.server.events,
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn cuts_make_no_difference(
        is_new in any::<bool>(),
        cuts in prop::collection::vec(prop_oneof![1..8_usize, 1..2000_usize], 1..8),
        size in 0..40_000_usize,
    ) {
        let versions = if is_new { Versions::Only13 } else { Versions::Only12 };
        let whole = life(versions, vec![usize::MAX], size);
        prop_assert_eq!(whole.1.len(), size + b"AUTH TLS\r\nNOOP\r\n".len());
        prop_assert_eq!(life(versions, cuts, size), whole);
    }

    #[test]
    fn nothing_that_comes_breaks_a_layer(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        header in prop::option::of((20..24_u8, 0..5_u8)),
        is_client in any::<bool>(),
        is_done in any::<bool>(),
    ) {
        let (client, server) = (client(Versions::Both, 3), server(Versions::Both, 4, &identity()));
        let mut pair = if is_done { Pair::secured(&client, &server) } else { Pair::new() };
        if !is_done {
            pair.begin(&client, &server);
        }
        let mut stream = Vec::new();
        if let Some((kind, minor)) = header {
            stream.extend([kind, 3, minor, 0, bytes.len() as u8]);
        }
        stream.extend(bytes);
        let end = if is_client { &mut pair.client } else { &mut pair.server };
        end.layer.handle_wire(Instant::ZERO, &stream);
        end.look();
        end.layer.handle_eof();
        end.look();
        // Whatever it was, it was not what the peer said: no word of it is believed.
        prop_assert!(end.heard.is_empty());
        prop_assert!(matches!(end.events.last(), Some(Event::Broken(_))));
    }
}
