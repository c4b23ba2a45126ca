//! The loop: the earliest thing happens, its host's programs run until nothing changes, and what they sent leaves.

use portolan_protocol::drive;
use portolan_protocol::endpoint::{ConnId, Input};
use portolan_session::event::{Conn, HostId};
use portolan_wire::Instant;

use crate::app::{App, AppId, AppKind};
use crate::clock::Work;
use crate::connection::User;
use crate::hands::Hands;
use crate::host::Owner;
use crate::links::{Flight, LaneId};
use crate::receive::Upshot;
use crate::service::Session;
use crate::world::{Node, World};

/// What happens next.
enum Next {
    Packet(Instant, LaneId),
    Work(Instant),
}

impl World {
    /// Lets the next thing happen. False if there is none.
    ///
    /// Packets that reach a host in the same microsecond, with nothing else in between, are one thing: the stack takes
    /// them all before its programs run, as real ones do with what a card has gathered.
    pub(crate) fn happen(&mut self) -> bool {
        let Some(at) = self.next() else {
            return false;
        };
        match at {
            Next::Packet(at, lane) => {
                self.shared.now = at;
                let Some(to) = self.arrive(lane) else {
                    return true;
                };
                while let Some(Next::Packet(then, lane)) = self.next()
                    && then == at
                    && self.shared.links.leads_to(lane) == Some(to)
                {
                    self.arrive(lane);
                }
                self.settle(to);
            }
            Next::Work(at) => {
                self.shared.now = at;
                if let Some(work) = self.shared.clock.pop() {
                    self.work(work);
                }
            }
        }
        true
    }

    #[inline]
    fn next(&self) -> Option<Next> {
        let timer = self.shared.clock.next();
        match self.shared.links.next() {
            Some((at, order, lane)) if timer.is_none_or(|timer| (at, order) < timer) => Some(Next::Packet(at, lane)),
            _ => timer.map(|(at, _)| Next::Work(at)),
        }
    }

    /// A packet has come to the end of a lane. Names the host there that has to be settled, if it is one.
    fn arrive(&mut self, lane: LaneId) -> Option<HostId> {
        let Self {
            nodes, shared, apps, ..
        } = self;
        let (to, Flight { packet, lost, .. }) = shared.links.take(lane)?;
        match nodes.get_mut(usize::from(to.0))? {
            Node::Router(router) => {
                router.take(shared, packet, lost);
                None
            }
            Node::Host(host) => {
                if let Upshot::Accepted { slot, port } = host.receive(shared, apps, packet, lost) {
                    self.accept(to, slot, port);
                }
                Some(to)
            }
        }
    }

    fn work(&mut self, work: Work) {
        match work {
            Work::Begin(app) => self.tell(app, Input::Begin),
            Work::Act { app, number, what } => {
                let action = number;
                self.tell(app, Input::Act { action, what: *what });
            }
            Work::Stored { app, op, result } => self.tell(app, Input::Stored { op, result: *result }),
            Work::Tick(app) => self.tick(app),
            Work::Wake { host, slot, number } => {
                let Self {
                    nodes, shared, apps, ..
                } = self;
                if let Some(Node::Host(at)) = nodes.get_mut(usize::from(host.0)) {
                    at.wake(shared, apps, slot, number);
                    self.settle(host);
                }
            }
        }
    }

    fn tell(&mut self, app: AppId, input: Input) {
        self.apps.deliver(app, input);
        if let Some(host) = self.apps.get(app).map(|app| app.host) {
            self.settle(host);
        }
    }

    fn tick(&mut self, id: AppId) {
        let now = self.shared.now;
        let Some(app) = self.apps.get_mut(id) else {
            return;
        };
        if app.scheduled != Some(now) {
            return;
        }
        app.scheduled = None;
        match app.timer {
            Some(at) if at <= now => {
                app.timer = None;
                self.tell(id, Input::Tick);
            }
            Some(at) => {
                app.scheduled = Some(at);
                self.shared.schedule(at, Work::Tick(id));
            }
            None => {}
        }
    }

    /// A connection to a listening port is established: hands it to whoever listens.
    fn accept(&mut self, host: HostId, slot: usize, port: u16) {
        let Self {
            nodes, apps, services, ..
        } = self;
        let Some(Node::Host(at)) = nodes.get_mut(usize::from(host.0)) else {
            return;
        };
        let owner = at.listeners.get(&port).map(|listener| listener.owner);
        let Some(conn) = at.conns.get_mut(slot) else {
            return;
        };
        match owner {
            Some(Owner::App(id, listener)) if apps.get(id).is_some() => {
                let Some(app) = apps.get_mut(id) else {
                    return;
                };
                let name = app.accept(conn.number, slot);
                conn.user = Some(User::new(id, name));
                let input = Input::Accepted {
                    listener,
                    conn: name,
                    local: conn.flow.local,
                    peer: conn.flow.peer,
                };
                apps.deliver(id, input);
            }
            Some(Owner::Service(number)) if services.get(number).is_some_and(|s| s.open < s.service.sessions) => {
                let number_in_log = conn.number;
                let session = Session {
                    control: ConnId::accepted(0),
                    local: conn.flow.local,
                    peer: conn.flow.peer,
                    number: 0,
                    seed: 0,
                };
                self.begin_session(host, slot, number, number_in_log, session);
            }
            // Nobody has a use for it.
            Some(_) | None => {
                conn.socket().abort();
            }
        }
    }

    fn begin_session(&mut self, host: HostId, slot: usize, service: usize, conn: Conn, session: Session) {
        let seed = self.seed;
        let Some(served) = self.services.get_mut(service) else {
            return;
        };
        let session = Session {
            number: served.begun,
            seed: crate::random::Stream::new(seed, &format!("{}/{}", served.label, served.begun)).any(),
            ..session
        };
        served.begun += 1;
        served.open += 1;
        let endpoint = (served.service.start)(session);
        let name = served.service.name.clone();
        let mut app = App::new(host, name, endpoint, AppKind::Session { service }, served.service.store);
        let control = app.accept(conn, slot);
        let id = self.apps.add(app);
        if let Some(conn) = self.host_mut(host).and_then(|host| host.conns.get_mut(slot)) {
            conn.user = Some(User::new(id, control));
        }
        self.apps.deliver(id, Input::Begin);
    }

    /// Runs a host's programs until nothing changes, then sends what is to be sent.
    ///
    /// In this order an answer given at once carries the acknowledgement of what it answers, as it does between real
    /// hosts.
    fn settle(&mut self, host: HostId) {
        loop {
            self.pump(host);
            let Some(app) = self.apps.next_ready() else {
                break;
            };
            self.run(app);
        }
        let Self { nodes, shared, .. } = self;
        if let Some(Node::Host(host)) = nodes.get_mut(usize::from(host.0)) {
            host.flush(shared);
        }
    }

    fn pump(&mut self, host: HostId) {
        let Self { nodes, apps, .. } = self;
        let Some(Node::Host(host)) = nodes.get_mut(usize::from(host.0)) else {
            return;
        };
        let mut touched = core::mem::take(&mut host.touched);
        touched.retain(|slot| {
            let Some(conn) = host.conns.get_mut(*slot) else {
                return false;
            };
            conn.touched = conn.pump(apps);
            conn.touched
        });
        // Keeps its room for the next time, and whoever has more.
        host.touched = touched;
    }

    /// Gives a program what is in its inbox, and ends it if it has come to its end.
    fn run(&mut self, id: AppId) {
        let now = self.shared.now;
        let Some(app) = self.apps.get_mut(id) else {
            return;
        };
        let host = app.host;
        let Some(mut endpoint) = app.endpoint.take() else {
            return;
        };
        let mut timer = app.timer;
        while let Some(input) = self.apps.get_mut(id).and_then(|app| {
            let input = app.inbox.pop_front()?;
            if matches!(input, Input::Stored { .. }) {
                app.asked = app.asked.saturating_sub(1);
            }
            Some(input)
        }) {
            let app = id;
            let mut hands = Hands { world: self, app, host };
            timer = drive(endpoint.as_mut(), now, input, &mut hands);
        }
        let Some(app) = self.apps.get_mut(id) else {
            return;
        };
        app.endpoint = Some(endpoint);
        if let AppKind::Session { service } = app.kind
            && app.is_spent()
        {
            self.apps.remove(id);
            if let Some(served) = self.services.get_mut(service) {
                served.open = served.open.saturating_sub(1);
            }
            return;
        }
        // A timer that has already run out still lets the clock go on.
        let at = timer.map(|at| at.max(now + portolan_wire::Duration::from_micros(1)));
        app.timer = at;
        if let Some(at) = at
            && app.scheduled.is_none_or(|scheduled| at < scheduled)
        {
            app.scheduled = Some(at);
            self.shared.schedule(at, Work::Tick(id));
        }
    }
}
