//! A server that does what a script says, and elsewhere what a good server does.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use socket2::{Domain, SockRef, Socket, Type};

/// How long a step waits for the client before it gives up.
const WAIT: Duration = Duration::from_secs(30);

/// What lies behind each byte of a dribble.
const DROP: Duration = Duration::from_millis(20);

/// What a server does next.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// Says this on the control connection.
    Say(&'static [u8]),
    /// Says this again and again, until the client hangs up.
    Flood(&'static [u8]),
    /// As [`Step::Flood`], byte by byte, with a pause behind each.
    Dribble(&'static [u8]),
    /// Says this, with the six numbers of a port that it listens on in place of `@`, and three-digit hosts as they are.
    Passive(&'static str),
    /// Listens, and lets nobody in: calls are not even refused.
    Deaf(&'static str),
    /// Takes the client's call for data, or calls it.
    Join,
    /// Somebody else calls the port that the client announced, and waits to be thrown out. Linux has all of 127.0.0.0/8
    /// for its own.
    Stranger,
    /// Sends this over the data connection.
    Data(&'static [u8]),
    /// Sends this over the data connection, until the client hangs up or says something.
    DataFlood(&'static [u8]),
    DataEnd,
    DataReset,
    /// Ends the control connection.
    End,
    Reset,
    /// Does nothing until the client hangs up.
    Stall,
    /// Does nothing for a moment.
    Pause,
}

/// What is done at the greeting (``) or when a verb comes, in place of what a good server would do.
pub(super) type Script = &'static [(&'static str, &'static [Step])];

/// A server for one session.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    serving: thread::JoinHandle<()>,
}

impl Server {
    pub(super) fn start(script: Script) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let serving = thread::spawn(move || {
            let (stream, _) = listener.accept().unwrap();
            Session::new(stream, script).serve();
        });
        Self { address, serving }
    }

    /// The client has ended; so does this.
    pub(super) fn end(self) {
        // A client that never called would be waited for.
        let _call = TcpStream::connect(self.address);
        self.serving.join().unwrap();
    }
}

/// One control connection.
struct Session {
    control: BufReader<TcpStream>,
    script: Script,
    /// How the data connection is to come about.
    agreed: Agreed,
    data: Option<TcpStream>,
    /// Keeps a deaf port's queue full.
    _queued: Vec<TcpStream>,
}

enum Agreed {
    Nothing,
    Listening(TcpListener),
    Announced(SocketAddr),
}

/// The client has hung up.
struct Gone;

type Went = Result<(), Gone>;

impl Session {
    fn new(stream: TcpStream, script: Script) -> Self {
        stream.set_read_timeout(Some(WAIT)).unwrap();
        stream.set_write_timeout(Some(WAIT)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self {
            control: BufReader::new(stream),
            script,
            agreed: Agreed::Nothing,
            data: None,
            _queued: Vec::new(),
        }
    }

    fn serve(mut self) {
        let _gone = self.greet_and_answer();
    }

    fn greet_and_answer(&mut self) -> Went {
        self.answer("")?;
        loop {
            let mut line = Vec::new();
            match self.control.read_until(b'\n', &mut line) {
                Ok(0) | Err(_) => return Err(Gone),
                Ok(_) => self.answer(String::from_utf8_lossy(&line).trim_end())?,
            }
        }
    }

    fn answer(&mut self, line: &str) -> Went {
        let (verb, argument) = line.split_once(' ').unwrap_or((line, ""));
        if let Some((_, steps)) = self.script.iter().find(|(of, _)| *of == verb) {
            return steps.iter().try_for_each(|step| self.step(*step));
        }
        match verb {
            "" => self.say(b"220 ready\r\n"),
            "USER" => self.say(b"331 password?\r\n"),
            "PASS" => self.say(b"230 welcome\r\n"),
            "TYPE" | "NOOP" => self.say(b"200 fine\r\n"),
            "ABOR" => self.say(b"226 aborted\r\n"),
            "PASV" => self.step(Step::Passive("227 (127,0,0,1,@)\r\n")),
            "EPSV" => self
                .listen()
                .and_then(|port| self.say(format!("229 (|||{port}|)\r\n").as_bytes())),
            "PORT" => {
                let numbers: Vec<u16> = argument.split(',').map(|number| number.parse().unwrap()).collect();
                self.agreed = Agreed::Announced((Ipv4Addr::LOCALHOST, numbers[4] * 256 + numbers[5]).into());
                self.say(b"200 fine\r\n")
            }
            "LIST" | "RETR" => [
                Step::Say(b"150 here\r\n"),
                Step::Join,
                Step::Data(b"-rw-r--r-- 1 a a 5 Jan  1  2026 x\r\n"),
                Step::DataEnd,
                Step::Say(b"226 done\r\n"),
            ]
            .into_iter()
            .try_for_each(|step| self.step(step)),
            "QUIT" => {
                self.say(b"221 bye\r\n")?;
                self.step(Step::End)
            }
            _ => self.say(b"502 no\r\n"),
        }
    }

    fn step(&mut self, step: Step) -> Went {
        match step {
            Step::Say(bytes) => self.say(bytes),
            Step::Flood(bytes) => {
                let many = bytes.repeat(64 * 1024 / bytes.len());
                loop {
                    self.say(&many)?;
                }
            }
            Step::Dribble(bytes) => {
                for byte in bytes.iter().cycle() {
                    self.say(&[*byte])?;
                    thread::sleep(DROP);
                }
                Ok(())
            }
            Step::Passive(text) => {
                let port = self.listen()?;
                self.say(text.replace('@', &format!("{},{}", port >> 8, port & 255)).as_bytes())
            }
            Step::Deaf(text) => self.be_deaf(text),
            Step::Join => self.join(),
            Step::Stranger => self.call_as_stranger(),
            Step::Data(bytes) => {
                // A client that has seen enough may have closed it.
                let _sent = self.data.as_mut().map(|data| data.write_all(bytes));
                Ok(())
            }
            Step::DataFlood(bytes) => {
                let many = bytes.repeat(64 * 1024 / bytes.len());
                while self.data.as_mut().is_some_and(|data| data.write_all(&many).is_ok()) {}
                Ok(())
            }
            Step::DataEnd => {
                self.data = None;
                Ok(())
            }
            Step::DataReset => {
                if let Some(data) = self.data.take() {
                    SockRef::from(&data).set_linger(Some(Duration::ZERO)).unwrap();
                }
                Ok(())
            }
            Step::Stall => {
                let mut rest = Vec::new();
                let _gone = self.control.read_to_end(&mut rest);
                Err(Gone)
            }
            Step::End => Err(Gone),
            Step::Reset => {
                SockRef::from(self.control.get_ref())
                    .set_linger(Some(Duration::ZERO))
                    .unwrap();
                Err(Gone)
            }
            Step::Pause => {
                thread::sleep(10 * DROP);
                Ok(())
            }
        }
    }

    fn say(&mut self, bytes: &[u8]) -> Went {
        self.control.get_mut().write_all(bytes).map_err(|_| Gone)
    }

    fn listen(&mut self) -> Result<u16, Gone> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        self.agreed = Agreed::Listening(listener);
        Ok(port)
    }

    /// A port whose queue is full: Linux throws further SYNs away without a word.
    fn be_deaf(&mut self, text: &str) -> Went {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
        socket.listen(0).unwrap();
        let listener = TcpListener::from(socket);
        let address = listener.local_addr().unwrap();
        let moment = Duration::from_millis(200);
        while let Ok(stream) = TcpStream::connect_timeout(&address, moment) {
            self._queued.push(stream);
        }
        self.agreed = Agreed::Listening(listener);
        let port = address.port();
        self.say(text.replace('@', &format!("{},{}", port >> 8, port & 255)).as_bytes())
    }

    fn call_as_stranger(&self) -> Went {
        let Agreed::Announced(address) = &self.agreed else {
            return Err(Gone);
        };
        let stranger = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        let own = SocketAddr::from((Ipv4Addr::new(127, 0, 0, 2), 0));
        stranger.bind(&own.into()).unwrap();
        stranger.connect(&(*address).into()).unwrap();
        let mut stranger = TcpStream::from(stranger);
        stranger.set_read_timeout(Some(WAIT)).unwrap();
        assert!(
            !stranger.read(&mut [0]).is_ok_and(|count| count > 0),
            "a stranger is served"
        );
        Ok(())
    }

    fn join(&mut self) -> Went {
        let data = match &self.agreed {
            Agreed::Nothing => return Err(Gone),
            Agreed::Announced(address) => TcpStream::connect(address).map_err(|_| Gone)?,
            Agreed::Listening(listener) => accept(listener)?,
        };
        data.set_write_timeout(Some(WAIT)).unwrap();
        self.data = Some(data);
        Ok(())
    }
}

/// The first caller; a client that never calls is not waited for longer than it is patient.
fn accept(listener: &TcpListener) -> Result<TcpStream, Gone> {
    listener.set_nonblocking(true).unwrap();
    let deadline = Instant::now() + WAIT;
    while Instant::now() < deadline {
        if let Ok((stream, _)) = listener.accept() {
            stream.set_nonblocking(false).unwrap();
            return Ok(stream);
        }
        thread::sleep(Duration::from_millis(1));
    }
    Err(Gone)
}
