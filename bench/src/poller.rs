//! One epoll over the connections of a run: level-triggered, reading always, writing only while something is unsent.
//!
//! A wait ends at a whole millisecond; an alarm is as exact as the kernel's timers.

use std::net::TcpStream;
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, timerfd_create, timerfd_settime,
};

/// Most events taken at once.
const EVENTS_MAX: usize = 256;

/// The token of the alarm; connections have lower ones.
const ALARM: u64 = u64::MAX;

/// See the module.
pub struct Poller {
    epoll: OwnedFd,
    alarm: OwnedFd,
    events: Vec<epoll::Event>,
}

/// What a connection is ready for.
#[derive(Clone, Copy, Debug)]
pub struct Ready {
    /// The number that it was added with.
    pub token: usize,
    /// Bytes, or the end, can be read; otherwise it is ready to be written.
    pub read: bool,
}

impl Poller {
    /// An epoll without connections.
    pub fn new() -> anyhow::Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
        let alarm = timerfd_create(TimerfdClockId::Monotonic, flags)?;
        epoll::add(&epoll, &alarm, epoll::EventData::new_u64(ALARM), epoll::EventFlags::IN)?;
        Ok(Self { epoll, alarm, events: Vec::with_capacity(EVENTS_MAX) })
    }

    /// Makes a wait end after `after`; an alarm that was set before is forgotten.
    pub fn wake_after(&self, after: Duration) -> anyhow::Result<()> {
        // All zero would disarm it.
        let it_value = timespec(after.max(Duration::from_nanos(1)));
        let it_interval = timespec(Duration::ZERO);
        timerfd_settime(&self.alarm, TimerfdTimerFlags::empty(), &Itimerspec { it_interval, it_value })?;
        Ok(())
    }

    /// Watches a connection for reading.
    pub fn add(&self, stream: &TcpStream, token: usize) -> anyhow::Result<()> {
        let data = epoll::EventData::new_u64(token as u64);
        Ok(epoll::add(&self.epoll, stream, data, epoll::EventFlags::IN)?)
    }

    /// Says whether the connection waits to write.
    pub fn wants_write(&self, stream: &TcpStream, token: usize, wants: bool) -> anyhow::Result<()> {
        let mut flags = epoll::EventFlags::IN;
        flags.set(epoll::EventFlags::OUT, wants);
        let data = epoll::EventData::new_u64(token as u64);
        Ok(epoll::modify(&self.epoll, stream, data, flags)?)
    }

    /// Waits for events, at most `within`, and puts them into `ready`.
    pub fn wait(&mut self, within: Duration, ready: &mut Vec<Ready>) -> anyhow::Result<()> {
        let timeout = timespec(within);
        ready.clear();
        self.events.clear();
        match epoll::wait(&self.epoll, spare_capacity(&mut self.events), Some(&timeout)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let closed = epoll::EventFlags::HUP | epoll::EventFlags::ERR;
        let sockets = self.events.iter().filter(|event| event.data.u64() != ALARM);
        ready.extend(sockets.map(|event| {
            let flags = event.flags;
            let read = flags.intersects(epoll::EventFlags::IN | closed);
            Ready { token: event.data.u64() as usize, read }
        }));
        Ok(())
    }
}

const fn timespec(time: Duration) -> Timespec {
    Timespec { tv_sec: time.as_secs() as i64, tv_nsec: time.subsec_nanos() as i64 }
}
