from service.terminal.lines import printable


def test_a_models_text_can_not_steer_the_terminal() -> None:
    assert printable("a\x1b[2Jb\x9bc\rd\n\te 🐝") == "a[2Jbcd\n\te 🐝"
