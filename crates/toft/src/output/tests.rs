use super::*;

#[test]
fn bytes_read_well() {
    assert_eq!(bytes(0), "0 B");
    assert_eq!(bytes(1023), "1023 B");
    assert_eq!(bytes(1 << 30), "1.0 GiB");
    assert_eq!(bytes(u64::MAX), "16777216.0 TiB");
}

#[test]
fn of_a_workspace_s_line_a_terminal_gets_the_colours_only() {
    assert_eq!(coloured("plain\ttext"), "plain\ttext");
    assert_eq!(
        coloured("\u{1b}[1;31mred\u{1b}[0m"),
        "\u{1b}[1;31mred\u{1b}[0m\u{1b}[0m"
    );
    for hostile in [
        "\u{1b}[2J",
        "\u{1b}]0;title\u{7}",
        "\u{1b}[6n",
        "\u{9b}2J",
        "\u{1b}",
        "\u{1b}[31",
        "\r",
        "\u{1b}\u{1b}[2J",
    ] {
        let shown = coloured(hostile);
        assert!(
            !shown.chars().any(char::is_control),
            "{hostile:?} became {shown:?}"
        );
    }
}
