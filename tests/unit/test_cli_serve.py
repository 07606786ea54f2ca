"""`firyad serve` says at once what keeps it from listening."""

import socket

import pytest

from service import cli
from service.errors import SettingRejected
from service.settings import Settings


def test_a_port_that_is_taken_is_told_with_the_next_step() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(SettingRejected, match=rf"port {port}: .*--port"):
            cli._check_port(Settings(port=port))


def test_a_free_port_is_fine_and_stays_free() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    cli._check_port(Settings(port=port))
    cli._check_port(Settings(port=port))


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(SettingRejected, match=r"203\.0\.113\.7"):
        cli._check_port(Settings(host="203.0.113.7"))
