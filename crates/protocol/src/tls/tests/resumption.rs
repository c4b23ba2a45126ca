//! Data connections resume the control connection's session.

use super::*;

#[test]
fn data_connections_resume_and_each_ticket_is_used_once() {
    let (client, server) = (client(Versions::Only13, 3), server(Versions::Only13, 4, &identity()));
    let control = Pair::secured(&client, &server);
    assert!(!control.client.secured().resumed);
    assert_eq!(control.client.events.last(), Some(&Event::Tickets { left: 2 }));
    // Each connection uses one ticket, and brings two.
    for left in [3, 4, 5] {
        let data = Pair::secured(&client, &server);
        assert!(data.client.secured().resumed && data.server.secured().resumed);
        assert_eq!(data.client.secured().tickets, Some(left - 2));
        assert_eq!(client.tickets_left(), left);
        assert_eq!(data.client.secured().certificate, control.client.secured().certificate);
    }
}

#[test]
fn without_a_ticket_the_handshake_is_a_full_one() {
    let (client, server) = (client(Versions::Only13, 3), server(Versions::Only13, 4, &identity()));
    let mut unread = Pair::new();
    // Two connections begin before the server said anything: no ticket for either.
    unread.begin(&client, &server);
    let second = Pair::secured(&client, &server);
    assert!(!second.client.secured().resumed);
    unread.run();
    assert!(!unread.client.secured().resumed);
    let third = Pair::secured(&client, &server);
    assert!(third.client.secured().resumed);
}

#[test]
fn tls_1_2_resumes_one_session_again_and_again() {
    let (client, server) = (client(Versions::Only12, 3), server(Versions::Only12, 4, &identity()));
    assert!(!Pair::secured(&client, &server).client.secured().resumed);
    for _ in 0..3 {
        let data = Pair::secured(&client, &server);
        assert!(data.client.secured().resumed && data.server.secured().resumed);
        assert_eq!(data.client.secured().tickets, Some(0), "tickets are of TLS 1.3");
    }
}

#[test]
fn a_session_of_another_control_connection_is_not_resumed() {
    for versions in [Versions::Only12, Versions::Only13] {
        let client = client(versions, 3);
        let first = server(versions, 4, &identity());
        Pair::secured(&client, &first);
        let second = server(versions, 5, &identity());
        let stolen = Pair::secured(&client, &second);
        assert!(!stolen.server.secured().resumed, "somebody else's session");
        assert!(!stolen.client.secured().resumed);
    }
}

#[test]
fn an_uploader_gets_its_tickets_by_reading() {
    let (client, server) = (client(Versions::Only13, 3), server(Versions::Only13, 4, &identity()));
    let mut upload = Pair::new();
    upload.begin(&client, &server);
    // The server's first flight reaches the client; its tickets, in the flight behind the client's last, do not yet.
    upload.client.look();
    carry(upload.now, &mut upload.client, &mut upload.server, usize::MAX);
    carry(upload.now, &mut upload.server, &mut upload.client, usize::MAX);
    upload.client.secured();
    upload.client.say(b"a file");
    upload.client.layer.close();
    upload.client.send();
    carry(upload.now, &mut upload.client, &mut upload.server, usize::MAX);
    assert_eq!(upload.server.heard(), "a file");
    assert_eq!(client.tickets_left(), 0);
    carry(upload.now, &mut upload.server, &mut upload.client, usize::MAX);
    assert_eq!(client.tickets_left(), 2, "behind its own goodbye it still hears");
}

#[test]
fn who_shows_one_ticket_again_and_again_is_known_every_time() {
    use rustls::server::StoresServerSessions;

    let sessions = memory::Sessions::default();
    sessions.put(b"control".to_vec(), b"session".to_vec());
    for data in 0..1000_u32 {
        assert_eq!(sessions.take(b"control").as_deref(), Some(&b"session"[..]), "{data}");
        for ticket in 0..2 {
            sessions.put(format!("{data} {ticket}").into_bytes(), Vec::new());
        }
    }
    assert_eq!(sessions.take(b"0 0"), None, "what nobody uses is forgotten");
}
