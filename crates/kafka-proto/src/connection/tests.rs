//! Frames in, responses out, and what is refused.

use super::*;

const NOW: Timestamp = Timestamp(1_000);

fn connection() -> Connection {
    Connection::new(Limits { frame_bytes_max: 1_000_000, requests_in_flight_max: 3, idle_ms: 500 }, NOW)
}

fn frame(body: &[u8]) -> Vec<u8> {
    let mut frame = (body.len() as i32).to_be_bytes().to_vec();
    frame.extend_from_slice(body);
    frame
}

fn requests(connection: &mut Connection) -> Vec<RequestFrame> {
    std::iter::from_fn(|| connection.poll_request().expect("good frames")).collect()
}

#[test]
fn frames_come_out_whole_however_they_arrive() {
    let sent = [frame(b"one"), frame(b"two!"), frame(&[7; 70_000])].concat();
    for step in [1, 2, 3, 5, 8, 1024, sent.len()] {
        let mut connection = connection();
        let mut got = Vec::new();
        for piece in sent.chunks(step) {
            connection.handle_input(NOW, piece).expect("good frames");
            got.extend(requests(&mut connection).into_iter().map(|request| request.bytes));
        }
        assert_eq!(got, [&b"one"[..], b"two!", &[7; 70_000]], "in pieces of {step}");
    }
}

#[test]
fn responses_leave_in_request_order_though_completed_in_any() {
    let mut connection = connection();
    let sent = [frame(b"a"), frame(b"b"), frame(b"c")].concat();
    connection.handle_input(NOW, &sent).expect("good frames");
    let ids: Vec<RequestId> = requests(&mut connection).iter().map(|request| request.id).collect();
    let answer = |text: &'static str| Some(Segments::from(Bytes::from_static(text.as_bytes())));
    connection.respond(NOW, ids[2], answer("C"));
    assert!(connection.poll_output().is_none());
    assert_eq!(connection.answer_bytes(), 1);
    connection.respond(NOW, ids[1], None);
    assert!(connection.poll_output().is_none());
    connection.respond(NOW, ids[0], answer("A"));
    let left: Vec<Bytes> =
        std::iter::from_fn(|| connection.poll_output()).map(|left| left.to_bytes()).collect();
    assert_eq!(left, ["A", "C"], "the unacknowledged one sends nothing");
    assert_eq!((connection.requests_in_flight(), connection.answer_bytes()), (0, 0));
}

#[test]
fn a_second_answer_or_one_to_nothing_is_ignored() {
    let mut connection = connection();
    connection.handle_input(NOW, &[frame(b"a"), frame(b"b")].concat()).expect("good frames");
    let ids: Vec<RequestId> = requests(&mut connection).iter().map(|request| request.id).collect();
    let answer = |text: &'static str| Some(Segments::from(Bytes::from_static(text.as_bytes())));
    connection.respond(NOW, ids[0], answer("A"));
    connection.respond(NOW, ids[0], answer("again"));
    connection.respond(NOW, RequestId(99), answer("nobody"));
    assert_eq!(connection.poll_output().map(|left| left.to_bytes()), Some(Bytes::from_static(b"A")));
    connection.respond(NOW, ids[0], answer("late"));
    assert!(connection.poll_output().is_none());
}

#[test]
fn too_many_unanswered_requests_stop_the_reading_and_not_the_connection() {
    let mut connection = connection();
    let sent: Vec<u8> = (0..5).flat_map(|n| frame(&[n])).collect();
    connection.handle_input(NOW, &sent).expect("good frames");
    let first = requests(&mut connection);
    assert_eq!(first.len(), 3);
    assert!(!connection.wants_input());
    connection.respond(NOW, first[0].id, None);
    assert!(connection.poll_output().is_none());
    let next = requests(&mut connection);
    assert_eq!(next.len(), 1);
    assert_eq!((next[0].id, &next[0].bytes[..]), (RequestId(3), &[3][..]));
}

#[test]
fn lengths_are_judged_before_room_is_made() {
    let check = |sent: &[u8], expect: ProtocolError| {
        assert_eq!(connection().handle_input(NOW, sent), Err(expect));
    };
    check(&[0, 0, 0, 0], ProtocolError::FrameWithoutBytes { length: 0 });
    check(&[0xFF, 0xFF, 0xFF, 0xFF, 1], ProtocolError::FrameWithoutBytes { length: -1 });
    let length = i32::MAX as usize;
    check(&[0x7F, 0xFF, 0xFF, 0xFF], ProtocolError::FrameTooLong { length, max: 1_000_000 });
}

#[test]
fn a_promise_of_bytes_makes_no_room() {
    let limits = Limits { frame_bytes_max: i32::MAX as usize, ..Limits::default() };
    let mut connection = Connection::new(limits, NOW);
    connection.read_buffer().extend_from_slice(&[0x70, 0, 0, 0]);
    connection.handle_read(NOW).expect("allowed");
    assert!(connection.read_buffer().capacity() <= 2 * READ_BUFFER_BYTES);
    assert_eq!(connection.partial_frame_bytes(), Some(0x7000_0000));
    let mut arrived = 4;
    while arrived < 10 * READ_BUFFER_BYTES {
        let buffer = connection.read_buffer();
        let room = buffer.capacity() - buffer.len();
        assert!(room > 0 && buffer.capacity() <= 4 * arrived.max(READ_BUFFER_BYTES));
        buffer.resize(buffer.len() + room, 0);
        arrived += room;
    }
}

#[test]
fn a_frame_of_usual_size_is_read_without_being_copied() {
    let limits = Limits { frame_bytes_max: 2 * FRAME_ROOM_BYTES, ..Limits::default() };
    let mut connection = Connection::new(limits, NOW);
    connection.handle_input(NOW, &(FRAME_ROOM_BYTES as u32).to_be_bytes()).expect("allowed");
    let place = connection.read_buffer().as_ptr();
    while connection.partial_frame_bytes().is_some() {
        let buffer = connection.read_buffer();
        assert_eq!(buffer.as_ptr(), place);
        buffer.resize(buffer.capacity().min(buffer.len() + 10_000), 1);
        connection.handle_read(NOW).expect("allowed");
    }
}

#[test]
fn the_read_buffer_is_used_again_when_frames_are_dropped() {
    let mut connection = connection();
    let sent = frame(&[1; 20_000]);
    let mut places = std::collections::BTreeSet::new();
    for _ in 0..100 {
        let buffer = connection.read_buffer();
        buffer.extend_from_slice(&sent);
        connection.handle_read(NOW).expect("a good frame");
        for request in requests(&mut connection) {
            places.insert(request.bytes.as_ptr() as usize / (READ_BUFFER_BYTES * 2));
            connection.respond(NOW, request.id, None);
        }
        assert!(connection.poll_output().is_none());
    }
    assert!(places.len() <= 2, "{} places", places.len());
}

#[test]
fn other_protocols_are_named() {
    let check = |sent: &[u8], expect: &str| {
        let error = connection().handle_input(NOW, sent).expect_err("not Kafka");
        assert!(error.to_string().contains(expect), "{error}");
    };
    check(b"GET / HTTP/1.1\r\n", "look like HTTP");
    check(b"PRI * HTTP/2.0", "look like HTTP");
    check(&[0x16, 0x03, 0x01, 0x02, 0x00], "look like TLS");
    check(b"AMQP\x00\x00\x09\x01", "look like AMQP");
    let mut later = connection();
    later.handle_input(NOW, &frame(b"x")).expect("a frame");
    requests(&mut later);
    let error = later.handle_input(NOW, b"GET ").expect_err("too long");
    assert!(
        matches!(error, ProtocolError::FrameTooLong { .. }),
        "only the first bytes tell a protocol: {error}"
    );
}

#[test]
fn a_bad_length_is_told_after_the_good_frames_before_it() {
    let mut connection = connection();
    let sent = [frame(b"good"), vec![0, 0, 0, 0]].concat();
    connection.handle_input(NOW, &sent).expect("the first length is good");
    assert!(connection.poll_request().expect("good").is_some());
    assert_eq!(connection.poll_request().map(drop), Err(ProtocolError::FrameWithoutBytes { length: 0 }));
}

#[test]
fn a_connection_is_idle_only_while_nothing_is_unanswered() {
    let mut connection = connection();
    assert_eq!(connection.poll_timeout(), Some(NOW.plus_ms(500)));
    connection.handle_input(NOW.plus_ms(400), &frame(b"a")).expect("a frame");
    let request = requests(&mut connection).remove(0);
    assert_eq!(connection.poll_timeout(), None);
    connection.handle_timeout(NOW.plus_ms(10_000)).expect("a request waits");
    connection.respond(NOW.plus_ms(10_000), request.id, None);
    assert!(connection.poll_output().is_none());
    connection.handle_timeout(NOW.plus_ms(10_499)).expect("not yet");
    assert_eq!(connection.handle_timeout(NOW.plus_ms(10_500)), Err(ProtocolError::Idle { idle_ms: 500 }));
}
