use proptest::prelude::*;

use super::*;

/// Everything that can be seen or felt, for comparing.
fn state(screen: &Screen) -> String {
    let terminal = &screen.terminal;
    let grid = terminal.alternate.as_ref().unwrap_or(&terminal.main);
    // An empty cell and a space look the same.
    let seen = |row: &cell::Row| {
        let mut out = String::new();
        row.cells.iter().for_each(|cell| {
            cell.pen.write_change(Pen::default(), &mut out);
            cell.write(&terminal.graphemes, &mut out);
        });
        out.trim_end().to_owned()
    };
    let rows = |grid: &Grid| {
        let mut out = String::new();
        for (index, row) in grid.rows.iter().enumerate() {
            out.push_str(&seen(row));
            let goes_on = grid
                .rows
                .get(index + 1)
                .is_some_and(|next| !seen(next).is_empty());
            out.push(if row.wrapped && goes_on { '+' } else { '\n' });
        }
        out
    };
    let mut history = Vec::new();
    terminal
        .history
        .write(terminal.cols, terminal.main.rows[0].used() > 0, &mut history);
    let modes = &terminal.modes;
    format!(
        "{}\n{:?}\n{:?} {:?} {:?} {:?}\n{:?} {} {} {} {} {} {} {:?}\n{}\n{}\n{:?}",
        rows(grid),
        grid.cursor,
        terminal.pen,
        grid.region,
        terminal.alternate.is_some(),
        terminal.title,
        modes.on().collect::<Vec<_>>(),
        modes.keypad,
        modes.insert,
        modes.origin,
        modes.autowrap,
        modes.cursor_hidden,
        modes.cursor_style,
        modes.charset,
        rows(&terminal.main),
        String::from_utf8_lossy(&history),
        screen.parser.unfinished(),
    )
}

fn fed(cols: u16, rows: u16, bytes: &[u8]) -> Screen {
    let mut screen = Screen::new(cols, rows);
    screen.feed(bytes);
    screen
}

fn text(screen: &Screen) -> Vec<String> {
    let terminal = &screen.terminal;
    let grid = terminal.alternate.as_ref().unwrap_or(&terminal.main);
    let row = |row: &cell::Row| {
        let mut out = String::new();
        row.cells
            .iter()
            .for_each(|cell| cell.write(&terminal.graphemes, &mut out));
        out.trim_end().to_owned()
    };
    grid.rows.iter().map(row).collect()
}

/// Painting `screen` on a fresh terminal gives the same.
fn assert_repaints(screen: &Screen) {
    let (cols, rows) = screen.size();
    let painted = fed(cols, rows, &screen.repaint());
    assert_eq!(
        state(&painted),
        state(screen),
        "{:?}",
        String::from_utf8_lossy(&screen.repaint())
    );
}

/// Pieces of output that do something, and some that do nothing sensible.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        8 => "[ -~]{1,12}".prop_map(String::into_bytes),
        3 => Just(b"\r\n".to_vec()),
        2 => prop::sample::select(vec!["é", "漢字", "🦀", "e\u{301}", "\t", "\u{8}", "─"]).prop_map(|s| s.as_bytes().to_vec()),
        3 => (prop::collection::vec(0_u16..60, 0..3), prop::sample::select(b"ABCDGHJKLMPSTX@dEFIZ`".to_vec())).prop_map(|(params, last)| csi("", &params, last)),
        3 => prop::collection::vec(prop::sample::select(vec![0_u16, 1, 2, 3, 4, 5, 7, 9, 22, 27, 31, 42, 95, 104, 39, 49]), 0..4).prop_map(|params| csi("", &params, b'm')),
        1 => (0_u8..=255, 0_u8..=255).prop_map(|(a, b)| format!("\x1b[38;5;{a}m\x1b[48;2;{b};7;{a}m").into_bytes()),
        2 => (prop::sample::select(vec![1_u16, 6, 7, 9, 25, 47, 1000, 1002, 1003, 1004, 1006, 1049, 2004]), any::<bool>()).prop_map(|(mode, on)| csi("?", &[mode], if on { b'h' } else { b'l' })),
        1 => any::<bool>().prop_map(|on| csi("", &[4], if on { b'h' } else { b'l' })),
        1 => (1_u16..6, 6_u16..12).prop_map(|(top, bottom)| csi("", &[top, bottom], b'r')),
        1 => prop::sample::select(vec!["\x1b7", "\x1b8", "\x1bM", "\x1bD", "\x1bE", "\x1b=", "\x1b>", "\x1b(0", "\x1b(B", "\x0e", "\x0f", "\x1b)0", "\x1b[3 q", "\x1b]2;title\x07", "\x1b]0;x\x1b\\", "\x1bPq###\x1b\\", "\x1b[!p", "\x1bc"]).prop_map(|s| s.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 1..6),
    ]
}

fn csi(private: &str, params: &[u16], last: u8) -> Vec<u8> {
    let params: Vec<String> = params.iter().map(ToString::to_string).collect();
    let mut out = format!("\x1b[{private}{}", params.join(";")).into_bytes();
    out.push(last);
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn any_output_repaints_as_it_was(pieces in prop::collection::vec(piece(), 0..60), cols in 1_u16..40, rows in 2_u16..14) {
        let screen = fed(cols, rows, &pieces.concat());
        assert_repaints(&screen);
    }

    #[test]
    fn cut_anywhere_a_repaint_and_the_rest_give_the_whole(pieces in prop::collection::vec(piece(), 1..40), cut in any::<prop::sample::Index>(), cols in 2_u16..40, rows in 2_u16..14) {
        let bytes = pieces.concat();
        let cut = cut.index(bytes.len() + 1);
        let mut painted = fed(cols, rows, &fed(cols, rows, &bytes[..cut]).repaint());
        painted.feed(&bytes[cut..]);
        let whole = fed(cols, rows, &bytes);
        prop_assert_eq!(text(&painted), text(&whole));
        prop_assert_eq!(painted.terminal.pen, whole.terminal.pen);
    }

    #[test]
    fn however_it_is_cut_the_same_is_seen(pieces in prop::collection::vec(piece(), 0..40), cols in 1_u16..40, rows in 2_u16..14) {
        let bytes = pieces.concat();
        let mut single = Screen::new(cols, rows);
        for byte in &bytes {
            single.feed(std::slice::from_ref(byte));
        }
        prop_assert_eq!(state(&single), state(&fed(cols, rows, &bytes)));
    }

    #[test]
    fn no_bytes_and_no_size_make_it_fail(chunks in prop::collection::vec((prop::collection::vec(any::<u8>(), 0..200), 0_u16..50, 0_u16..30), 0..20)) {
        let mut screen = Screen::new(80, 24);
        for (bytes, cols, rows) in chunks {
            screen.feed(&bytes);
            screen.resize(cols, rows);
            screen.feed(&bytes);
            screen.repaint();
        }
    }

    #[test]
    fn resizing_keeps_what_it_can(pieces in prop::collection::vec(piece(), 0..40), sizes in prop::collection::vec((1_u16..60, 2_u16..30), 0..6)) {
        let mut screen = Screen::new(30, 10);
        for (index, piece) in pieces.iter().enumerate() {
            screen.feed(piece);
            if let Some((cols, rows)) = sizes.get(index % 7) {
                screen.resize(*cols, *rows);
                prop_assert_eq!(screen.size(), (*cols, *rows));
            }
        }
        let (cols, rows) = screen.size();
        // Lines cut by a resize may flow otherwise; what is on the screen is the same.
        let painted = fed(cols, rows, &screen.repaint());
        prop_assert_eq!(text(&painted), text(&screen));
    }
}

#[test]
fn an_independent_terminal_agrees() {
    let samples: [&[u8]; 7] = [
        b"plain\r\nlines\r\n\x1b[1;31mbold red\x1b[m end",
        b"\x1b[2J\x1b[10;5Hmiddle\x1b[1K\x1b[3;1H\x1b[4mlined\x1b[24m\x1b[5;20r\x1b[20;1H\n\n\nscrolled",
        b"0123456789\x1b[5D\x1b[2P\x1b[3@ab\x1b[2X\x1b[1;1H\x1b[2L\x1b[Mtop",
        "wide 漢字 and é\u{301} and 🦀!".as_bytes(),
        b"\x1b[?1049hon the other\x1b[5;5Hside",
        b"\x1b[38;5;200mx\x1b[48;2;1;2;3my\x1b[7mz\x1b[27;39;49m.",
        b"long line that wraps because it is longer than the forty columns of this screen, twice over, yes",
    ];
    for sample in samples {
        let ours = fed(40, 24, sample);
        let size = |n: u16| std::num::NonZeroU16::new(n).unwrap();
        let mut judge = vt100::Parser::new(size(24), size(40), 0);
        judge.process(sample);
        let mut painted = vt100::Parser::new(size(24), size(40), 0);
        painted.process(&ours.repaint());
        assert_eq!(painted.screen().contents(), judge.screen().contents());
        assert_eq!(
            painted.screen().cursor_position(),
            judge.screen().cursor_position()
        );
        for (row, col) in (0..24).flat_map(|row| (0..40).map(move |col| (row, col))) {
            let look = |parser: &vt100::Parser| {
                let cell = parser.screen().cell(row, col).unwrap();
                let text = if cell.has_contents() {
                    cell.contents().to_owned()
                } else {
                    " ".to_owned()
                };
                (
                    text,
                    cell.fgcolor(),
                    cell.bgcolor(),
                    cell.bold(),
                    cell.underline(),
                    cell.inverse(),
                )
            };
            if !judge.screen().cell(row, col).unwrap().is_wide_continuation() {
                assert_eq!(look(&painted), look(&judge), "row {row}, column {col}");
            }
        }
    }
}

#[test]
fn scrollback_keeps_five_thousand_lines() {
    let output = (0..20_000).fold(String::new(), |all, i| all + &format!("line {i}\r\n"));
    let screen = fed(80, 24, output.as_bytes());
    let repaint = String::from_utf8(screen.repaint()).unwrap();
    let oldest = 20_000 - 23 - 5000;
    assert!(
        repaint.contains(&format!("\r\nline {}\r\n", oldest + 1))
            && !repaint.contains(&format!("line {}\r\n", oldest - 1))
    );
    assert_repaints(&screen);
}

#[test]
fn clearing_the_scrollback_clears_it() {
    let mut screen = fed(20, 3, b"1\r\n2\r\n3\r\n4\r\n5");
    assert_eq!(screen.terminal.history.len(), 2);
    screen.feed(b"\x1b[3J");
    assert_eq!(screen.terminal.history.len(), 0);
}

#[test]
fn rows_move_between_screen_and_scrollback() {
    let mut screen = fed(20, 4, b"1\r\n2\r\n3\r\n4");
    screen.resize(20, 2);
    assert_eq!(text(&screen), ["3", "4"]);
    assert_eq!(screen.terminal.history.len(), 2);
    screen.resize(20, 5);
    assert_eq!(text(&screen), ["1", "2", "3", "4", ""]);
    assert_eq!(screen.terminal.grid().cursor.row, 3);
    // What is empty below the cursor goes first.
    screen.resize(20, 4);
    assert_eq!(text(&screen), ["1", "2", "3", "4"]);
}

#[test]
fn a_character_is_repeated_only_right_behind_it() {
    assert_eq!(text(&fed(10, 1, b"ab\x1b[3b"))[0], "abbbb");
    assert_eq!(text(&fed(10, 1, b"ab\x1b[m\x1b[3b."))[0], "ab.");
    assert_eq!(text(&fed(4, 2, b"a\x1b[65535b")), ["aaaa", "a"]);
}

#[test]
fn the_line_drawing_set_draws_lines() {
    assert_eq!(text(&fed(10, 1, b"\x1b(0lqk\x1b(Blqk"))[0], "┌─┐lqk");
    assert_eq!(text(&fed(10, 1, b"\x1b)0\x0elqk\x0flqk"))[0], "┌─┐lqk");
}

#[test]
fn memory_of_one_terminal_stays_small() {
    assert_eq!(size_of::<cell::Cell>(), 16);
}
