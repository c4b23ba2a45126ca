//! What a dishonest page, viewer, server or stranger does.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::json;

use super::super::{portolan, run, stderr};
use super::{Relay, Speaker};

#[test]
fn only_the_own_page_gets_a_socket() {
    let relay = Relay::start(&[]);
    let own = relay.address.to_string();
    for (host, origin, status) in [
        (own.as_str(), Some("http://evil.example"), 403),
        (&own, Some("null"), 403),
        (&own, None, 403),
        (&own, Some("http://127.0.0.1"), 403),
        (&own, Some("https://127.0.0.1:8021"), 403),
        // A name that was pointed here (DNS rebinding): the browser says so in both.
        ("evil.example", Some("http://evil.example"), 421),
        ("evil.example", Some(relay.origin().as_str()), 421),
    ] {
        let refused = Speaker::call_as(relay.address, host, origin).err();
        assert_eq!(refused, Some(status), "{host} {origin:?}");
    }
    let local = format!("localhost:{}", relay.address.port());
    assert!(Speaker::call_as(relay.address, &local, Some(&format!("http://{local}"))).is_ok());
}

#[test]
fn nobody_is_called_but_who_is_allowed() {
    let relay = Relay::start(&["--allow", "localhost:21", "--allow", "127.0.0.1:1"]);
    let mut viewer = relay.viewer();
    let port = relay.address.port();
    for (host, port) in [
        ("127.0.0.1", 22),
        ("127.0.0.2", 21),
        ("::1", 21),
        ("::ffff:127.0.0.1", 21),
        ("64:ff9b::7f00:1", 21),
        ("0.0.0.0", 21),
        ("2130706433", 21),
        ("0x7f.1", 21),
        ("0177.0.0.1", 21),
        ("127.1", 21),
        ("169.254.169.254", 80),
        ("10.0.0.1", 21),
        ("ftp.example.org", 21),
        // Allowed by name, and leads to this machine, which is not allowed.
        ("localhost", 21),
        ("LOCALHOST.", 21),
        // Itself.
        ("127.0.0.1", port),
        ("127.0.0.1", 0),
        ("a@127.0.0.1", 21),
        ("127.0.0.1/", 21),
    ] {
        viewer.open(&json!({"server": "typed", "host": host, "port": port}));
        let refused = viewer.hear().unwrap();
        assert_eq!(
            (&refused["say"], &refused["why"]),
            (&json!("refused"), &json!("target")),
            "{host}"
        );
        assert!(refused["text"].as_str().unwrap().len() > 20, "{refused}");
    }
    // The one that is: nobody listens there, but it is called.
    viewer.open(&json!({"server": "typed", "host": "127.0.0.1", "port": 1}));
    let connect = viewer.act(json!({"do": "connect"}));
    let outcome = viewer.until_finished(connect);
    assert!(outcome.to_string().contains("refused"), "{outcome}");
}

#[test]
fn a_server_cannot_send_the_relay_elsewhere() {
    // The server: a script that names other ports and addresses for the data connection.
    let (listener, trap) = (
        std::net::TcpListener::bind("127.0.0.1:0").unwrap(),
        std::net::TcpListener::bind("127.0.0.1:0").unwrap(),
    );
    let (server, trapped) = (listener.local_addr().unwrap(), trap.local_addr().unwrap());
    let relay = Relay::start(&["--allow", &server.to_string(), "--allow-data", "127.0.0.1:1-2"]);
    let own = relay.address.port();
    let script = std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut lines = std::io::BufRead::lines(std::io::BufReader::new(stream.try_clone().unwrap()));
        let mut stream = stream;
        let mut tries = [own, trapped.port()].into_iter();
        stream.write_all(b"220 come in\r\n").unwrap();
        while let Some(Ok(line)) = lines.next() {
            let verb = line.split(' ').next().unwrap_or_default().to_owned();
            let answer = match verb.as_str() {
                "USER" => "331 and\r\n".to_owned(),
                "PASS" => "230 in\r\n".to_owned(),
                "EPSV" => tries
                    .next()
                    .map_or("500 no\r\n".to_owned(), |port| format!("229 (|||{port}|)\r\n")),
                "PASV" => format!("227 (127,0,0,1,{},{})\r\n", trapped.port() / 256, trapped.port() % 256),
                "QUIT" => "221 bye\r\n".to_owned(),
                _ => "200 fine\r\n".to_owned(),
            };
            stream.write_all(answer.as_bytes()).unwrap();
            if verb == "QUIT" {
                return;
            }
        }
    });
    let mut driver = relay.viewer();
    driver.open(&json!({"server": "typed", "host": "127.0.0.1", "port": server.port()}));
    driver.act(json!({"do": "connect"}));
    let log_in = driver.act(json!({"do": "log-in", "user": "a", "password": "b"}));
    assert_eq!(driver.until_finished(log_in)["outcome"], "done");
    for mode in ["extended-passive", "extended-passive", "passive"] {
        driver.act(json!({"do": "mode", "mode": mode}));
        let list = driver.act(json!({"do": "list"}));
        let outcome = driver.until_finished(list);
        assert!(outcome.to_string().contains("not-allowed"), "{mode}: {outcome}");
    }
    let quit = driver.act(json!({"do": "quit"}));
    driver.until_finished(quit);
    script.join().unwrap();
    trap.set_nonblocking(true).unwrap();
    assert!(trap.accept().is_err(), "the relay was sent elsewhere");
}

#[test]
fn what_is_no_message_ends_the_socket_and_nothing_else() {
    let relay = Relay::start(&[]);
    let mut honest = relay.driver();
    for text in [
        "",
        "{}",
        "[]",
        "nonsense",
        "{\"say\":\"raw\",\"bytes\":\"NOOP\"}",
        "{\"say\":\"act\",\"number\":-1,\"what\":{\"do\":\"list\"}}",
        "{\"say\":\"act\",\"number\":1,\"what\":{\"do\":\"list\",\"more\":1}}",
        // A line end would be a second command.
        "{\"say\":\"act\",\"number\":1,\"what\":{\"do\":\"delete\",\"path\":\"a\\r\\nDELE b\"}}",
        "{\"say\":\"act\",\"number\":1,\"what\":{\"do\":\"delete\",\"path\":\"a\\u0000\"}}",
        "{\"say\":\"open\",\"server\":{\"server\":\"typed\",\"host\":\"a\\nb\",\"port\":21}}",
    ] {
        let mut viewer = relay.viewer();
        viewer.say_text(text);
        assert_eq!(viewer.until_bye(), "malformed", "{text}");
    }
    let mut binary = relay.viewer();
    binary.say_bytes(vec![0; 10]);
    assert!(binary.hear().is_err());
    let mut long = relay.viewer();
    long.say_text(&format!("{{\"say\":\"{}\"}}", "x".repeat(20_000)));
    assert!(long.hear().is_err());
    let mut unasked = Speaker::call(relay.address, &relay.origin()).unwrap();
    unasked.say(&json!({"say": "open", "server": {"server": "offered", "name": "sandbox"}}));
    assert_eq!(unasked.until_bye(), "malformed");
    let mut old = Speaker::call(relay.address, &relay.origin()).unwrap();
    old.say(&json!({"say": "hello", "version": 0}));
    assert_eq!(old.until_bye(), "version");
    let list = honest.act(json!({"do": "list"}));
    assert_eq!(honest.until_finished(list)["outcome"], "done");
}

#[test]
fn commands_as_typed_and_other_servers_are_no_actions() {
    let relay = Relay::start(&[]);
    let mut driver = relay.driver();
    for what in [
        json!({"do": "raw", "line": "NOOP"}),
        json!({"do": "call", "port": 22}),
        json!({"do": "connect", "host": "127.0.0.1"}),
        json!({"do": "connect", "port": 22}),
    ] {
        driver.say(&json!({"say": "act", "number": 3, "what": what}));
        let refused = driver.until(|heard| heard["say"] == "refused");
        assert_eq!(
            (&refused["why"], &refused["number"]),
            (&json!("action"), &json!(3)),
            "{what}"
        );
    }
    driver.say(&json!({"say": "act", "number": 5, "what": {"do": "list"}}));
    assert_eq!(driver.until(|heard| heard["say"] == "refused")["why"], "number");
    let list = driver.act(json!({"do": "list"}));
    assert_eq!(list, 3);
    assert_eq!(driver.until_finished(list)["outcome"], "done");
}

#[test]
fn who_looks_on_cannot_act() {
    let relay = Relay::start(&[]);
    let mut driver = relay.driver();
    let mut viewer = relay.viewer();
    let watch = driver.watch.clone();
    viewer.say(&json!({"say": "attach", "session": driver.session, "key": watch, "after": 0}));
    viewer.until(|heard| heard["say"] == "attached");
    for message in [
        json!({"say": "act", "number": 3, "what": {"do": "delete", "path": "readme.txt"}}),
        json!({"say": "act", "number": 3, "what": {"do": "abort"}}),
        json!({"say": "log-in", "number": 3}),
        json!({"say": "end"}),
    ] {
        viewer.say(&message);
        assert_eq!(
            viewer.until(|heard| heard["say"] == "refused")["why"],
            "watching",
            "{message}"
        );
    }
    for (session, key) in [
        (driver.session.as_str(), "aaaa"),
        ("999", watch.as_str()),
        (&driver.session, ""),
    ] {
        viewer.say(&json!({"say": "attach", "session": session, "key": key, "after": 0}));
        assert_eq!(
            viewer.until(|heard| heard["say"] == "refused")["why"],
            "session",
            "{session}"
        );
    }
    let list = driver.act(json!({"do": "list"}));
    assert_eq!(driver.until_finished(list)["outcome"], "done");
    assert!(driver.events.iter().all(|event| event["verb"] != "DELE"));
}

#[test]
fn a_reader_that_stops_holds_up_nobody() {
    let relay = Relay::start(&[]);
    let mut driver = relay.driver();
    // It asks for the whole log again and again, and reads nothing of it.
    let mut stopped = relay.viewer();
    let attach = json!({"say": "attach", "session": driver.session, "key": driver.watch, "after": 0});
    stopped
        .stream()
        .set_write_timeout(Some(Duration::from_millis(200)))
        .unwrap();
    for _ in 0..200 {
        stopped.say(&attach);
    }
    for _ in 0..100 {
        let list = driver.act(json!({"do": "list"}));
        assert_eq!(driver.until_finished(list)["outcome"], "done");
    }
    assert!(relay.peak_memory() < 100 << 20, "{}", relay.peak_memory());
}

#[test]
fn two_thousand_idle_sockets_keep_nobody_out() {
    let relay = Relay::start(&[]);
    let mut honest = relay.driver();
    let handshake = format!(
        "GET /relay HTTP/1.1\r\nHost: {0}\r\nOrigin: http://{0}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
        relay.address
    );
    let mut idle = Vec::new();
    for nth in 0..2_000 {
        // Some say nothing, some begin a request, some become WebSockets and then say nothing.
        let Ok(mut stream) = TcpStream::connect(relay.address) else {
            continue;
        };
        let begin = match nth % 3 {
            0 => "",
            1 => "GET / HTTP/1.1\r\nHost: ",
            _ => &handshake,
        };
        let _closed = stream.write_all(begin.as_bytes());
        idle.push(stream);
    }
    let began = Instant::now();
    let mut newcomer = relay.driver();
    for speaker in [&mut honest, &mut newcomer] {
        let list = speaker.act(json!({"do": "list"}));
        assert_eq!(speaker.until_finished(list)["outcome"], "done");
    }
    // Long before the idle ones are closed for their silence, had that been what made room.
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
    assert!(relay.peak_memory() < 100 << 20, "{}", relay.peak_memory());
}

#[test]
fn sessions_have_a_limit_with_a_number() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("relay.toml");
    std::fs::write(&config, "[limits]\nsessions = 2\nsockets = 4\n").unwrap();
    let relay = Relay::start(&["--config", config.to_str().unwrap()]);
    let mut held: Vec<Speaker> = (0..2).map(|_| relay.driver()).collect();
    let mut third = relay.viewer();
    third.open(&json!({"server": "offered", "name": "sandbox"}));
    let refused = third.hear().unwrap();
    assert_eq!(refused["why"], "limit");
    assert!(refused["text"].as_str().unwrap().contains('2'), "{refused}");
    held[0].say(&json!({"say": "end"}));
    assert_eq!(held[0].until(|heard| heard["say"] == "ended")["why"], "asked");
    third.open_sandbox();
    let _fourth = relay.viewer();
    let mut fifth = Speaker::call(relay.address, &relay.origin()).unwrap();
    assert_eq!(fifth.until_bye(), "limit");
}

#[test]
fn actions_that_pile_up_are_refused_and_an_abort_is_not() {
    let relay = Relay::start(&[]);
    let mut driver = relay.driver();
    // It waits for somebody to fetch it.
    let get = driver.act(json!({"do": "get", "remote": "readme.txt"}));
    driver.until(|heard| heard["say"] == "file");
    for _ in 0..16 {
        driver.act(json!({"do": "working-directory"}));
    }
    let one_more = driver.act(json!({"do": "working-directory"}));
    let refused = driver.until(|heard| heard["say"] == "refused");
    assert_eq!(
        (&refused["why"], &refused["number"]),
        (&json!("limit"), &json!(one_more))
    );
    driver.given -= 1;
    driver.act(json!({"do": "abort"}));
    assert_eq!(driver.until_finished(get)["outcome"], "aborted");
    assert_eq!(driver.until_finished(get + 16)["outcome"], "done");
}

#[test]
fn beyond_this_machine_there_is_a_token_and_guessing_is_slow() {
    let output = run(&["serve", "--listen", "0.0.0.0:0"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("--origin"), "{}", stderr(&output));
    let relay = Relay::start(&[
        "--origin",
        "https://class.example.org",
        "--origin",
        "http://class.example.org",
    ]);
    let token = relay.token.clone().unwrap();
    assert!(token.len() >= 26, "{token}");
    let began = Instant::now();
    for guess in [None, Some(""), Some("aaaaaaaaaaaaaaaaaaaaaaaaaa"), Some(&token[1..])] {
        let mut speaker = Speaker::call(relay.address, &relay.origin()).unwrap();
        let bye = speaker.hello(guess);
        assert_eq!((&bye["say"], &bye["why"]), (&json!("bye"), &json!("token")));
    }
    assert!(began.elapsed() >= Duration::from_secs(4), "{:?}", began.elapsed());
    let call = |origin: &str| {
        let mut speaker = Speaker::call_as(relay.address, "class.example.org", Some(origin)).unwrap();
        let welcome = speaker.hello(Some(&token));
        (speaker, welcome)
    };
    let (_, private) = call("https://class.example.org");
    assert_eq!(private["credentials"], true);
    let (mut plain, welcome) = call("http://class.example.org");
    assert_eq!(welcome["credentials"], false);
    plain.open_sandbox();
    plain.act(json!({"do": "connect"}));
    plain.act(json!({"do": "log-in", "user": "a", "password": "b"}));
    assert_eq!(plain.until(|heard| heard["say"] == "refused")["why"], "credentials");
}

#[test]
fn a_typed_password_is_in_nothing_that_comes_back_or_is_written_down() {
    const CANARY: &str = "Kanarienvogel-7";
    let (out, err) = (
        tempfile::NamedTempFile::new().unwrap(),
        tempfile::NamedTempFile::new().unwrap(),
    );
    // A server that says the password back, in one piece and across two segments.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let server = listener.local_addr().unwrap();
    let script = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.set_nodelay(true).unwrap();
        let lines = std::io::BufRead::lines(std::io::BufReader::new(stream.try_clone().unwrap()));
        stream.write_all(b"220 hello\r\n").unwrap();
        for line in lines.map_while(Result::ok) {
            match line.split_once(' ').unwrap_or((&line, "")) {
                ("USER", _) => stream.write_all(b"331 and\r\n").unwrap(),
                ("PASS", password) => {
                    stream
                        .write_all(format!("230-welcome, {password}\r\n230-{}", &password[..5]).as_bytes())
                        .unwrap();
                    std::thread::sleep(Duration::from_millis(50));
                    stream
                        .write_all(format!("{}\r\n230 in\r\n", &password[5..]).as_bytes())
                        .unwrap();
                }
                _ => stream.write_all(format!("500 {CANARY}?\r\n").as_bytes()).unwrap(),
            }
        }
    });
    let mut child = portolan(&["serve", "--listen", "127.0.0.1:0", "--allow", &server.to_string()])
        .stdout(out.reopen().unwrap())
        .stderr(err.reopen().unwrap())
        .spawn()
        .unwrap();
    let address = loop {
        let text = std::fs::read_to_string(out.path()).unwrap();
        if let Some((_, rest)) = text.split_once("http://")
            && let Some(address) = rest.strip_suffix('\n')
        {
            break address.parse().unwrap();
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    let mut driver = Speaker::call(address, &format!("http://{address}")).unwrap();
    driver.hello(None);
    driver.open(&json!({"server": "typed", "host": "127.0.0.1", "port": server.port()}));
    driver.act(json!({"do": "connect"}));
    let log_in = driver.act(json!({"do": "log-in", "user": "anna", "password": CANARY}));
    assert_eq!(driver.until_finished(log_in)["outcome"], "done");
    let list = driver.act(json!({"do": "working-directory"}));
    driver.until_finished(list);
    let mut viewer = Speaker::call(address, &format!("http://{address}")).unwrap();
    viewer.hello(None);
    viewer.say(&json!({"say": "attach", "session": driver.session, "key": driver.watch, "after": 0}));
    viewer.until(|heard| heard["say"] == "events");
    viewer.say(&json!({"say": "attach", "session": CANARY, "key": CANARY, "after": 0}));
    viewer.until(|heard| heard["say"] == "refused");
    // One that is wrong in itself is not said back either.
    viewer.say_text(&format!(
        "{{\"say\":\"act\",\"number\":9,\"what\":{{\"do\":\"log-in\",\"password\":\"{CANARY}\"}}}}"
    ));
    assert_eq!(viewer.until_bye(), "malformed");
    driver.say(&json!({"say": "end"}));
    driver.until(|heard| heard["say"] == "ended");
    child.kill().unwrap();
    child.wait().unwrap();
    script.join().unwrap();
    assert!(driver.events.len() > 10 && !viewer.events.is_empty());
    for text in [
        driver.text,
        viewer.text,
        std::fs::read_to_string(out.path()).unwrap(),
        std::fs::read_to_string(err.path()).unwrap(),
    ] {
        assert!(!text.contains(CANARY) && !text.contains("Kanarien"), "{text}");
    }
    assert!(std::fs::read_to_string(err.path()).unwrap().contains("session 1"));
}
