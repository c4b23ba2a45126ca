//! All words of the page, in one place. What happens in a session is said by whoever answers: see [`portolan_link::Sheet`].

use portolan_link::Line;
use portolan_session::view::{Berth, LineState};
use portolan_wire::report::{Purpose, TransferKind};

/// The page's name.
pub const NAME: &str = "Portolan";
/// The first screen's title.
pub const TITLE: &str = "Why does one file transfer need two connections?";
/// The first screen's sentence.
pub const OPENING: &str = "The address finds the computer. The port number finds the program.";
/// Beside the port box.
pub const CALL_PORT: &str = "Call port";
/// The button beside it.
pub const CALL: &str = "Call";
/// For those who know ports.
pub const SKIP: &str = "Skip to a file transfer";
/// While the engine loads.
pub const STARTING: &str = "Starting the simulated network…";
/// While a long run goes on.
pub const RUNNING: &str = "The simulation is running:";
/// When the engine cannot start.
pub const BROKEN: &str = "The simulation could not start. You can step through a recorded session.";
/// The button beside it.
pub const OPEN: &str = "Open";
/// While a recorded session is shown.
pub const RECORDED: &str = "A recorded session; nothing is simulated now.";
/// When the recorded session cannot be had either.
pub const NO_RECORDING: &str = "The recorded session could not be loaded. Reload the page when you are online.";
/// When a run was refused.
pub const REFUSED: &str = "This cannot be run:";

/// What is wrong with a typed port.
pub const PORT_EMPTY: &str = "Type a port number from 1 to 65535.";
/// Port 0.
pub const PORT_ZERO: &str = "Port 0 is reserved: no program can ever be called there. Try 1 to 65535.";
/// Not a number.
pub const PORT_NONSENSE: &str = "A port is a whole number from 1 to 65535.";
/// Too many calls.
pub const CALLS_FULL: &str = "That is 20 calls; the next one begins a new page.";
/// Ports worth a try.
pub const TRY: &str = "Try:";
/// Before the first call.
pub const HOW_TO_CALL: &str = "A program listens on some ports. What happens on the others?";

/// The steps' heading.
pub const STEPS: &str = "Six steps";
/// The six steps.
pub const STEP_TITLES: [&str; 6] = [
    "Call a port, and one where nobody listens",
    "See your own port",
    "Predict: how many connections for one download?",
    "Work out the port from 236,107",
    "Active mode: predict who calls",
    "The client blocks incoming calls",
];
pub const BLOCKS: &str = "Client blocks incoming calls";

/// The button to the Live tab.
pub const LIVE: &str = "Live";
/// The same in the picker, while one is there.
pub const LIVE_TITLE: &str = "Live: a real session";
/// The heading of what can be done there. All else that it says comes from the reader's own catalogue.
pub const CONSOLE: &str = "Console";
/// When the reader's worker cannot start.
pub const NO_READER: &str = "The part of the page that reads logs could not start. Reload the page.";

/// Headings of the panes.
pub const CONVERSATION: &str = "Conversation";
/// The ladder's.
pub const LADDER: &str = "Ladder";
/// The chart's label.
pub const CHART: &str = "Chart of the ports";
/// The caption's label.
pub const NOW: &str = "What happens now";
/// The lower part's label.
pub const DETAILS: &str = "Conversation and ladder";
/// The timeline's label.
pub const TIMELINE: &str = "Moment";
/// Before anything was said.
pub const NOTHING_SAID: &str = "Nothing has been said yet.";
/// Lanes of the ladder.
pub const LANE_CONTROL: &str = "Control";
/// The data lane.
pub const LANE_DATA: &str = "Data";

/// Beside what TLS protects.
pub const LOCKED: &str = "under TLS";
/// Before a command in the conversation.
pub const BY_CLIENT: &str = "Client says";
/// Before a reply.
pub const BY_SERVER: &str = "Server says";
/// Before what happened on the control connection.
pub const BY_CONTROL: &str = "Control connection:";
/// Before what happened on a data connection.
pub const BY_DATA: &str = "Data connection:";
/// Before what happened elsewhere.
pub const BY_NET: &str = "Network:";

/// Keys of the timeline.
pub const BACK: &str = "Back";
/// Runs the story.
pub const PLAY: &str = "Play";
/// Halts it.
pub const PAUSE: &str = "Pause";
/// One step on.
pub const NEXT: &str = "Next";
/// Where the timeline stands at a question.
pub const ASKED: &str = "answer to go on";

/// Gives the answer away.
pub const REVEAL: &str = "Show me";
/// A right prediction.
pub const RIGHT: &str = "Right.";
/// A wrong one.
pub const WRONG: &str = "Not so.";
/// Nobody predicted.
pub const ANSWER: &str = "The answer:";

/// The scenario picker's label.
pub const SCENARIO: &str = "Scenario";
/// Depth.
pub const DEPTH: &str = "Depth";
/// Story depth.
pub const STORY: &str = "Story";
/// Packets depth.
pub const PACKETS: &str = "Packets";
/// Whose eye looks: the switch.
pub const EYE: &str = "Seen by";
/// What client and server mean.
pub const ENDPOINTS: &str = "Endpoints";
/// What anybody on the way sees.
pub const EAVESDROPPER: &str = "Eavesdropper";
/// The settings' button and title.
pub const SETTINGS: &str = "Settings";
/// Closes a drawer.
pub const CLOSE: &str = "Close";
/// Applies settings.
pub const APPLY: &str = "Run with these";
/// Back to the scenario's own settings.
pub const RESET: &str = "As the scenario has it";
/// Jumps over the header.
pub const SKIP_LINK: &str = "Go to what happens now";

/// Theme.
pub const THEME: &str = "Colours";
/// As the system has it.
pub const THEME_SYSTEM: &str = "System";
/// Light.
pub const THEME_LIGHT: &str = "Light";
/// Dark.
pub const THEME_DARK: &str = "Dark";
/// Single-letter keys.
pub const KEYS: &str = "Single-letter keys";
/// What they do.
pub const KEYS_HELP: &str =
    "Arrow keys step, Home and End jump. N, B and space step and play, E changes the eye, when this is ticked.";

/// Scenarios as the picker shows them: name and title.
pub const SCENARIOS: [(&str, &str); 9] = [
    ("call-a-port", "Call a port"),
    ("first-file", "One file, two connections"),
    ("ftp-active", "FTP, active (PORT)"),
    ("ftp-passive", "FTP, passive (PASV)"),
    ("ftp-extended-active", "FTP, extended active (EPRT)"),
    ("ftp-extended-passive", "FTP, extended passive (EPSV)"),
    ("active-blocked", "Active mode behind a firewall"),
    ("ftps-explicit", "FTPS, explicit (AUTH TLS)"),
    ("ftps-implicit", "FTPS, implicit"),
];

/// A setting in the drawer: its name, its label, what it means, an example. Where that is several words between bars, they
/// are all there is to choose from.
pub type SettingField = (&'static str, &'static str, &'static str, &'static str);

/// The settings of every scenario.
pub const SETTING_FIELDS: [SettingField; 6] = [
    ("ip", "IP version", "4 or 6. PORT and PASV exist for 4 only.", "4"),
    (
        "latency",
        "Latency of each link",
        "One way, from 0ms to 5s. The path has two links.",
        "10ms",
    ),
    (
        "loss",
        "Loss on each link",
        "From 0% to 50%. Lost packets are sent again after a second or more.",
        "0%",
    ),
    (
        "ephemeral",
        "Client's own ports",
        "Windows and RFC 6335 take 49152-65535, Linux 32768-60999.",
        "49152-65535",
    ),
    (
        "passive",
        "Server's passive ports",
        "The range on which the server listens for data.",
        "60000-65535",
    ),
    ("file-size", "Size of the file", "In bytes, up to 134217728.", "1396"),
];
/// The settings of those with TLS.
pub const TLS_FIELDS: [SettingField; 6] = [
    ("tls", "TLS version", "The newest that both sides offer.", "1.3|1.2"),
    ("prot", "Data connections", "P: under TLS. C: in the clear.", "P|C"),
    (
        "ccc",
        "Clear the control connection",
        "CCC after login: a firewall can read commands again.",
        "false|true",
    ),
    (
        "certificate",
        "The server's certificate",
        "What is wrong with it, if anything.",
        "trusted|self-signed|expired|wrong-name",
    ),
    (
        "reuse-required",
        "Server demands session reuse",
        "Data connections must resume the control connection's session.",
        "false|true",
    ),
    (
        "client-resumes",
        "Client resumes sessions",
        "Older clients don't.",
        "true|false",
    ),
];
/// As the scenario has it.
pub const UNCHANGED: &str = "as it is";
/// The seed's label.
pub const SEED: &str = "Seed";
/// What it means.
pub const SEED_HELP: &str = "The same seed gives the same ports and packets. Empty: the scenario's own.";
/// A seed that is none.
pub const SEED_WRONG: &str = "A seed is a whole number below 9007199254740992.";

/// Statements one often hears, each with what happens instead and the scenario that shows it.
pub const MYTHS: [(&str, &str, &str); 13] = [
    (
        "Only servers have ports.",
        "Every connection has a port at both ends. The client's is chosen by its system.",
        "call-a-port",
    ),
    (
        "Active mode opens port 20 on the client.",
        "The server calls from its own port 20. The client listens on the port it announced.",
        "ftp-active",
    ),
    (
        "The client connects to port 20.",
        "Nobody calls port 20. In active mode it is where the server's call comes from.",
        "ftp-active",
    ),
    (
        "One session has one data connection.",
        "Each listing and each file gets a data connection of its own.",
        "ftp-passive",
    ),
    (
        "The caller is the sender.",
        "In passive mode the client calls, and on a download the server sends.",
        "first-file",
    ),
    (
        "150 means that the server has called.",
        "150 says that a transfer is about to begin. It travels on the control connection.",
        "first-file",
    ),
    (
        "Refused means dropped.",
        "A refusal is an answer, a RST. A dropped call gets no answer at all.",
        "call-a-port",
    ),
    (
        "A port that is listened on is allowed.",
        "Listening is the program's part, allowing the firewall's. A call needs both.",
        "active-blocked",
    ),
    (
        "The client listens on the next port number.",
        "Its system chooses any free port; consecutive ones are chance.",
        "ftp-active",
    ),
    (
        "Passive ports cannot be restricted.",
        "The server offers a range, and its firewall can allow just that range.",
        "ftp-passive",
    ),
    (
        "FTPS hides ports.",
        "TLS hides what is said. Who calls whom, from which port to which, everybody sees.",
        "ftps-explicit",
    ),
    (
        "AUTH TLS protects files.",
        "It protects commands. Files are readable until PROT P asks for TLS on data connections.",
        "ftps-explicit",
    ),
    (
        "Clients of implicit FTPS connect to port 989.",
        "They call 990. In active mode 989 is where the server's call comes from.",
        "ftps-implicit",
    ),
];
/// The statements' title.
pub const MYTHS_TITLE: &str = "Commonly said";
/// What stands before what happens.
pub const MYTHS_TRUTH: &str = "What happens:";
/// Goes to the run.
pub const MYTHS_SEE: &str = "See it";

/// On the chart: the rails are piecewise linear.
pub const NOT_TO_SCALE: &str = "rails not to scale";
/// On the chart: all ports that have no berth.
pub const ELSEWHERE: &str = "elsewhere: nobody listening";
/// A call that nothing answered.
pub const SILENCE: &str = "silence";
/// A call that a RST answered.
pub const RST_REFUSED: &str = "RST: refused";
/// A call that ICMP answered.
pub const NO_WAY: &str = "no way there";
/// A host that the log does not know.
pub const SOMEBODY: &str = "somebody";
/// The lane of calls that are neither control nor data.
pub const LANE_CALLS: &str = "Calls";
/// What came of the calls.
pub const OUTCOMES: &str = "What came of the calls";
/// Goes to the next of the six steps.
pub const NEXT_STEP: &str = "Next step";
/// Where in the six steps one is: `Step 3 of 6`.
pub fn step(number: usize) -> String {
    format!("Step {} of {}", number + 1, STEP_TITLES.len())
}

/// What a berth is doing; `call` is how the newest call from or to it stands, where that is no connection.
pub fn berth(berth: &Berth, call: Option<LineState>) -> String {
    let service = berth.service.as_deref().unwrap_or_default();
    match (berth.listening, berth.connected > 0, call) {
        (true, _, _) if berth.purpose == Purpose::Data => "listening".to_owned(),
        (true, true, _) => format!("{service}: connected").trim_start_matches(": ").to_owned(),
        (true, false, _) if service.is_empty() => "listening".to_owned(),
        (true, false, _) => format!("{service}: listening"),
        (false, true, Some(LineState::Attempted)) => "calling".to_owned(),
        (false, false, Some(LineState::Attempted)) => "called".to_owned(),
        (false, true, _) => "connected".to_owned(),
        (false, false, Some(LineState::Refused)) => "nobody listening".to_owned(),
        (false, false, Some(_)) => "no answer".to_owned(),
        (false, false, None) => "used before".to_owned(),
    }
}

/// Berths for which there is no room.
pub fn left_out(count: usize) -> String {
    format!("and {count} more")
}

/// A range of ports beside the rail.
pub fn bracket((low, high): (u16, u16), passive: bool) -> String {
    let what = if passive { "passive" } else { "own calls" };
    format!("{what}: {low}–{high}")
}

/// A connection's name on the chart.
pub fn line(line: &Line, caller: &str, roomy: bool) -> String {
    let name = match (line.purpose, roomy) {
        (Purpose::Control, true) => "Control connection".to_owned(),
        (Purpose::Control, false) => "control".to_owned(),
        (Purpose::Data, true) => format!("Data connection {}", line.nth),
        (Purpose::Data, false) => format!("data {}", line.nth),
        (Purpose::Other, true) => "Connection".to_owned(),
        (Purpose::Other, false) => "call".to_owned(),
    };
    if !roomy {
        return name;
    }
    match line.state {
        LineState::Attempted => format!("Called by the {caller}, not answered"),
        LineState::Refused | LineState::Silent | LineState::Unreachable => format!("Called by the {caller}"),
        _ => format!("{name}, called by the {caller}{}", content(line)),
    }
}

fn content(line: &Line) -> String {
    let Some(content) = &line.content else {
        return String::new();
    };
    match content.kind {
        TransferKind::Listing => ": a listing".to_owned(),
        TransferKind::Download | TransferKind::Upload => {
            format!(": {}", content.path.rsplit('/').next().unwrap_or(&content.path))
        }
    }
}

/// How a connection stands, in a word.
pub const fn line_state(state: LineState) -> &'static str {
    match state {
        LineState::Attempted => "called, not answered yet",
        LineState::Established => "established",
        LineState::Closing => "closing",
        LineState::Closed => "closed",
        LineState::Refused => "refused",
        LineState::Silent => "never answered",
        LineState::Unreachable => "unreachable",
        LineState::Reset => "reset",
    }
}

/// A connection in a sentence, for those who do not see the chart.
pub fn line_told(line: &Line, caller: &str, called: &str) -> String {
    let what = match line.purpose {
        Purpose::Control => "Control connection".to_owned(),
        Purpose::Data => format!("Data connection {}", line.nth),
        Purpose::Other => "Call".to_owned(),
    };
    format!(
        "{what}: the {caller} called from port {} to {called} port {}; {}.",
        line.caller.address.port(),
        line.called.address.port(),
        line_state(line.state)
    )
}

/// What came of a call, beside its port.
pub const fn outcome(line: &Line) -> &'static str {
    match line.state {
        LineState::Refused => "refused: nobody listens there",
        LineState::Silent => "silence: nothing came back",
        LineState::Unreachable => "no way there",
        LineState::Attempted => "calling",
        LineState::Established | LineState::Closing | LineState::Closed | LineState::Reset => {
            "answered: a program listens there"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_screen_says_the_same_without_a_program() {
        let html = include_str!("../../index.html");
        let steps = STEP_TITLES.iter();
        let fixed = [
            TITLE,
            OPENING,
            CALL_PORT,
            SKIP,
            STARTING,
            ELSEWHERE,
            NOW,
            CHART,
            STEPS,
            HOW_TO_CALL,
        ];
        for words in steps.chain(&fixed) {
            assert!(html.contains(words), "index.html lacks: {words}");
        }
    }
}
