"""The latency timer of a USB serial adapter, where Linux shows it."""

from pathlib import Path

from task.devices.latency import latency_timer_ms


def test_the_timer_is_read_through_a_link_to_the_port(tmp_path: Path) -> None:
    adapter = tmp_path / "adapters" / "ttyUSB0"
    adapter.mkdir(parents=True)
    (adapter / "latency_timer").write_text("16\n")
    (tmp_path / "ttyUSB0").write_text("")
    (tmp_path / "by-id").symlink_to(tmp_path / "ttyUSB0")

    assert latency_timer_ms(str(tmp_path / "by-id"), tmp_path / "adapters") == 16
    assert latency_timer_ms("/dev/ttyUSB0", tmp_path / "adapters") == 16


def test_a_port_without_a_timer_has_none(tmp_path: Path) -> None:
    (tmp_path / "ttyACM0").mkdir()

    assert latency_timer_ms("/dev/ttyACM0", tmp_path) is None
    assert latency_timer_ms("COM3", tmp_path) is None
    assert latency_timer_ms("/dev/ttyS0") is None
