//! What a program wants done: the world's side of the endpoint contract.

use core::net::{IpAddr, SocketAddr};

use portolan_protocol::Effects;
use portolan_protocol::endpoint::{ConnId, FromPort, Input, ListenerId, OpId, Output, Ports, StoreRequest};
use portolan_session::event::{HostId, Kind};
use portolan_wire::report::{ConnectError, ListenError, Purpose, Report, StoreError};
use portolan_wire::{Duration, Instant};

use crate::app::{AppId, Apps};
use crate::clock::Work;
use crate::connection::{Connection, Phase, User};
use crate::host::{Host, Owner};
use crate::shared::Shared;
use crate::world::{Node, World};

/// The hands of one program. What follows from an output goes into the program's inbox, never straight to it.
pub(crate) struct Hands<'a> {
    pub(crate) world: &'a mut World,
    pub(crate) app: AppId,
    pub(crate) host: HostId,
}

impl Effects for Hands<'_> {
    fn perform(&mut self, now: Instant, output: Output) {
        match output {
            Output::Connect {
                conn,
                purpose,
                from_port,
                to,
            } => {
                if let Err(why) = self.connect(conn, purpose, from_port, to) {
                    self.tell(Input::ConnectFailed { conn, why });
                }
            }
            Output::Listen {
                listener,
                purpose,
                address,
                ports,
            } => {
                let input = match self.listen(listener, purpose, address, ports) {
                    Ok(local) => Input::Listening { listener, local },
                    Err(why) => Input::ListenFailed { listener, why },
                };
                self.tell(input);
            }
            Output::StopListening { listener } => self.stop_listening(listener),
            Output::Send { conn, bytes } => self.with(conn, |conn| conn.send(now, &bytes)),
            Output::Shutdown { conn } => self.with(conn, |conn| conn.shut(now)),
            Output::Abort { conn } => self.abort(conn),
            Output::Read { conn, credit } => self.with(conn, |conn| conn.grant(credit)),
            Output::Store { op, request } => self.store(op, request),
            Output::Event { conn, report } => self.report(conn, report),
            // In a simulation the made-up password is shown: that it can be read is the lesson.
            Output::Secret { .. } | Output::Timeout(_) => {}
        }
    }
}

impl Hands<'_> {
    fn connect(&mut self, id: ConnId, purpose: Purpose, from: FromPort, to: SocketAddr) -> Result<(), ConnectError> {
        let app = self.app;
        let (host, shared, apps) = self.host().ok_or(ConnectError::NotAllowed)?;
        let slot = host.call(shared, purpose, from, to)?;
        if let Some(conn) = host.conns.get_mut(slot)
            && let Some(owner) = apps.get_mut(app)
        {
            conn.user = Some(User::new(app, id));
            owner.hold(id, conn.number, slot);
        }
        Ok(())
    }

    fn listen(
        &mut self,
        id: ListenerId,
        purpose: Purpose,
        address: IpAddr,
        ports: Ports,
    ) -> Result<SocketAddr, ListenError> {
        let app = self.app;
        let (host, shared, apps) = self.host().ok_or(ListenError::NotAllowed)?;
        let port = host.listen(shared.now, address, ports, purpose, Owner::App(app, id))?;
        let owner = apps.get_mut(app).ok_or(ListenError::NotAllowed)?;
        owner.listeners.insert(id, port);
        let local = SocketAddr::new(address, port);
        let service = owner.name.clone();
        let kind = Kind::listen_opened(local, purpose, service);
        shared.note(host.id, None, kind);
        Ok(local)
    }

    fn stop_listening(&mut self, id: ListenerId) {
        let app = self.app;
        let Some((host, shared, apps)) = self.host() else {
            return;
        };
        let port = apps.get_mut(app).and_then(|app| app.listeners.remove(&id));
        if let Some(local) = port.and_then(|port| host.stop_listening(port)) {
            shared.note(host.id, None, Kind::listen_closed(local));
        }
    }

    fn abort(&mut self, id: ConnId) {
        let app = self.app;
        let Some((host, shared, apps)) = self.host() else {
            return;
        };
        let Some(app) = apps.get_mut(app) else {
            return;
        };
        let Some(slot) = app.slot(id) else {
            return;
        };
        app.let_go(id);
        let Some(conn) = host.conns.get_mut(slot) else {
            return;
        };
        conn.user = None;
        match conn.phase {
            // Nothing answered for as long as the caller was willing to wait. No RST: nobody has heard of it.
            Phase::Calling { .. } => {
                shared.note(host.id, Some(conn.number), Kind::TimedOut);
                host.remove(slot);
            }
            Phase::Open { .. } => {
                conn.socket().abort();
                host.touch(slot);
            }
            Phase::Answering { .. } | Phase::Over => host.touch(slot),
        }
    }

    fn store(&mut self, op: OpId, request: StoreRequest) {
        let (app, now) = (self.app, self.world.shared.now);
        let Some(owner) = self.world.apps.get_mut(app) else {
            return;
        };
        owner.asked += 1;
        let store = owner.store.and_then(|id| self.world.stores.get_mut(id.0));
        let (result, latency) = match store {
            Some(held) => (held.store.answer(now, request), held.latency),
            None => (Err(StoreError::Failed), Duration::ZERO),
        };
        if latency == Duration::ZERO {
            self.tell(Input::Stored { op, result });
        } else {
            let result = Box::new(result);
            self.world
                .shared
                .schedule(now + latency, Work::Stored { app, op, result });
        }
    }

    fn report(&mut self, conn: Option<ConnId>, report: Report) {
        let Some(app) = self.world.apps.get_mut(self.app) else {
            return;
        };
        if let (Some(conn), Report::Progress { bytes }) = (conn, &report)
            && !app.is_progress(conn, *bytes)
        {
            return;
        }
        let number = conn.and_then(|conn| app.number(conn));
        if let Report::Finished { action, outcome } = &report {
            self.world.finished.push_back((self.app, *action, outcome.clone()));
        }
        self.world.shared.note(self.host, number, Kind::report(report));
    }

    /// Does something with a connection that is not over, and has it looked after.
    fn with(&mut self, id: ConnId, act: impl FnOnce(&mut Connection)) {
        let app = self.app;
        let Some((host, _, apps)) = self.host() else {
            return;
        };
        if let Some(slot) = apps.get(app).and_then(|app| app.slot(id))
            && let Some(conn) = host.conns.get_mut(slot)
        {
            act(conn);
            host.touch(slot);
        }
    }

    fn tell(&mut self, input: Input) {
        self.world.apps.deliver(self.app, input);
    }

    fn host(&mut self) -> Option<(&mut Host, &mut Shared, &mut Apps)> {
        let World {
            nodes, shared, apps, ..
        } = &mut *self.world;
        match nodes.get_mut(usize::from(self.host.0))? {
            Node::Host(host) => Some((host, shared, apps)),
            Node::Router(_) => None,
        }
    }
}
