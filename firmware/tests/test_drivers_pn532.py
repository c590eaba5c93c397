"""The PN532 driver against the emulated chip: every way in which a tap can go wrong."""

import asyncio

from bench_wires import Panel, Uart, at, clock, run, wait
from drivers.pn532 import PN532
from drivers.pn532_frames import BadFrame, Frames
from expect import raises
from parts.pn532 import Pn532Part
from payer import CardLost, CardProtocolError, ReaderFault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

ACK = b"\x00\x00\xff\x00\xff\x00"
UID = b"\x04\x11\x22\x33\x44\x55\x66"


class Bench:
    """A reader, its chip, and a card that answers with what it was asked, and 9000."""

    def __init__(self, answer: "Any" = None) -> None:
        self.uart: "Any" = Uart()
        self.panel = Panel(answer or (lambda line: "rapdu %s9000 40" % line.split(" ")[1]))
        self.chip = self.uart.part = Pn532Part(self.uart, self.panel)
        self.reader = PN532(self.uart)

    def commands(self) -> int:
        return len([line for line in self.panel.said if line.startswith("capdu")])

    async def tap(self) -> "Any":
        """A card in the field, activated."""
        self.chip.card_in(UID)
        card = await self.reader.card(1000)
        assert card is not None
        return card


def frame(data: bytes) -> bytes:
    return bytes((0, 0, 0xFF, len(data), -len(data) & 0xFF)) + data + bytes((-sum(data) & 0xFF, 0))


def raised_in(coroutine: "Any", error: type) -> Exception:
    return raises(error, run, coroutine)


def test_a_card_already_there_is_found_with_its_uid() -> None:
    bench = Bench()
    card = run(bench.tap())
    assert card.uid == UID, card.uid
    assert bench.reader.version == "1.6"


def test_a_card_that_comes_later_is_found_when_it_comes() -> None:
    bench = Bench()
    began_ms = clock.now_ms
    at(5000, lambda: bench.chip.card_in(UID))
    card = run(bench.reader.card(30_000))
    assert card is not None
    assert 5000 <= clock.now_ms - began_ms < 5200


def test_no_card_in_time_gives_none_and_stops_looking() -> None:
    bench = Bench()
    began_ms = clock.now_ms
    assert run(bench.reader.card(3000)) is None
    assert 3000 <= clock.now_ms - began_ms < 3100
    bench.chip.card_in(UID)
    wait(1000)
    assert bench.uart.any() == 0  # nobody is looking any more


def test_a_late_card_after_a_timeout_is_found_by_the_next_call() -> None:
    bench = Bench()

    async def story() -> "Any":
        assert await bench.reader.card(100) is None
        return await bench.tap()

    assert run(story()).uid == UID


def test_a_tag_without_iso_dep_is_passed_over_until_a_card_comes() -> None:
    bench = Bench()
    bench.chip.card_in(b"\x01\x02\x03\x04", iso_dep=False)
    at(1000, lambda: bench.chip.card_in(UID))
    assert run(bench.reader.card(3000)).uid == UID


def test_uids_of_four_seven_and_ten_bytes_are_read() -> None:
    for count in (4, 7, 10):
        bench = Bench()
        bench.chip.card_in(bytes(range(count)))
        assert run(bench.reader.card(1000)).uid == bytes(range(count))


def test_two_apdus_in_sequence_get_their_own_answers() -> None:
    bench = Bench()

    async def story() -> tuple:
        card = await bench.tap()
        return await card.transceive(b"\x01\x02"), await card.transceive(b"\x03\x04\x05")

    assert run(story()) == (b"\x01\x02\x90\x00", b"\x03\x04\x05\x90\x00")


def test_every_response_length_up_to_258_bytes_arrives_whole() -> None:
    for count in (2, 3, 240, 242, 250, 251, 252, 253, 254, 255, 256, 257, 258):
        response = bytes(n & 0xFF for n in range(count))
        bench = Bench(lambda _, response=response: "rapdu %s 10" % response.hex())

        async def story(bench: Bench = bench) -> bytes:
            return await (await bench.tap()).transceive(b"\x00")

        assert run(story()) == response, count


def test_every_command_length_up_to_260_bytes_arrives_whole() -> None:
    for count in (1, 5, 47, 252, 253, 254, 255, 256, 260):
        bench = Bench(lambda line: "rapdu %04x9000 1" % (len(line.split(" ")[1]) // 2))

        async def story(bench: Bench = bench, count: int = count) -> bytes:
            return await (await bench.tap()).transceive(bytes(count))

        assert run(story()) == bytes((count >> 8, count & 0xFF, 0x90, 0)), count


def test_an_oversized_answer_is_a_protocol_error_and_the_next_tap_works() -> None:
    for count in (0, 1, 259, 262, 263, 400, 600):
        answers = ["rapdu %s 1" % ("aa" * count or "00"), "rapdu 9000 1"]
        bench = Bench(lambda _, answers=answers: answers.pop(0))

        async def story(bench: Bench = bench) -> bytes:
            card = await bench.tap()
            try:
                await card.transceive(b"\x01")
            except CardProtocolError:
                return await (await bench.tap()).transceive(b"\x02")
            raise AssertionError("taken")

        assert run(story()) == b"\x90\x00", count


def test_a_damaged_frame_from_the_reader_is_asked_for_again_and_the_card_is_not() -> None:
    for damaged in (1, 2):
        bench = Bench()

        async def story(bench: Bench = bench, damaged: int = damaged) -> bytes:
            card = await bench.tap()
            bench.chip.damaged_answers = damaged
            return await card.transceive(b"\x07")

        assert run(story()) == b"\x07\x90\x00"
        assert bench.commands() == 1


def test_a_reader_that_only_sends_damaged_frames_loses_the_card() -> None:
    bench = Bench()

    async def story() -> bytes:
        card = await bench.tap()
        bench.chip.damaged_answers = 100
        return await card.transceive(b"\x07")

    raised_in(story(), CardLost)


def test_a_missing_ack_is_asked_for_again() -> None:
    for what in ("lost_acks", "lost_commands"):
        for count in (1, 2):
            bench = Bench()

            async def story(bench: Bench = bench, what: str = what, count: int = count) -> bytes:
                card = await bench.tap()
                setattr(bench.chip, what, count)
                return await card.transceive(b"\x07")

            assert run(story()) == b"\x07\x90\x00", what


def test_three_missing_acks_lose_the_card() -> None:
    bench = Bench()

    async def story() -> bytes:
        card = await bench.tap()
        bench.chip.lost_commands = 3
        return await card.transceive(b"\x07")

    raised_in(story(), CardLost)


def test_damage_while_starting_is_survived() -> None:
    for what in ("lost_acks", "lost_commands", "damaged_answers"):
        for count in range(1, 6):
            bench = Bench()
            setattr(bench.chip, what, count)
            assert run(bench.tap()).uid == UID, what


def test_a_late_answer_is_not_taken_for_the_next_one() -> None:
    bench = Bench()

    async def story() -> bytes:
        card = await bench.tap()
        bench.chip.late_ms, bench.chip.late_answers = 6200, 1
        try:
            await card.transceive(b"\x01\x01\x01")
        except CardLost:
            pass
        else:
            raise AssertionError("an answer after more than six seconds was taken")
        card = await bench.tap()
        await asyncio.sleep_ms(170)  # the late answer arrives now, between ...
        answer = await card.transceive(b"\x02")
        assert await card.transceive(b"\x03") == b"\x03\x90\x00"
        return answer

    assert run(story()) == b"\x02\x90\x00"


def test_a_late_answer_is_dropped_whenever_it_comes() -> None:
    for late_ms in range(6050, 6450, 7):
        bench = Bench()

        async def story(bench: Bench = bench, late_ms: int = late_ms) -> bytes:
            card = await bench.tap()
            bench.chip.late_ms, bench.chip.late_answers = late_ms, 1
            try:
                await card.transceive(b"\x01\x01\x01")
            except CardLost:
                card = await bench.tap()
            return await card.transceive(b"\x02")

        answer = run(story())
        assert answer == b"\x02\x90\x00", (late_ms, answer)


def test_a_card_removed_before_an_exchange_is_lost_and_tapping_again_works() -> None:
    bench = Bench()

    async def story() -> bytes:
        card = await bench.tap()
        assert await card.transceive(b"\x01") == b"\x01\x90\x00"
        bench.chip.card_out()
        for _ in range(2):
            try:
                await card.transceive(b"\x02")
            except CardLost:
                continue
            raise AssertionError("a card that is gone answered")
        card = await bench.tap()
        return await card.transceive(b"\x03")

    assert run(story()) == b"\x03\x90\x00"


def test_a_card_removed_at_every_exchange_is_lost_there() -> None:
    for leaves_at in range(4):
        left = [leaves_at]

        def answer(line: str, left: list = left) -> str:
            left[0] -= 1
            return "rapdu - 0" if left[0] < 0 else "rapdu 9000 5"

        bench = Bench(answer)

        async def story(bench: Bench = bench) -> int:
            card = await bench.tap()
            for done in range(4):
                try:
                    await card.transceive(b"\x01")
                except CardLost:
                    return done
            return 4

        assert run(story()) == leaves_at


def test_another_card_does_not_answer_for_the_one_that_left() -> None:
    bench = Bench()

    async def story() -> bytes:
        card = await bench.tap()
        bench.chip.card_out()
        bench.chip.card_in(b"\x09\x09\x09\x09")
        return await card.transceive(b"\x02")

    raised_in(story(), CardLost)


def test_a_card_of_an_earlier_tap_is_lost_after_the_next_one_and_after_release() -> None:
    bench = Bench()

    async def story(release: bool) -> bytes:
        card = await bench.tap()
        if release:
            bench.reader.release()
        else:
            await bench.tap()
        return await card.transceive(b"\x02")

    raised_in(story(False), CardLost)
    raised_in(story(True), CardLost)


def test_the_same_card_left_on_the_reader_is_found_again() -> None:
    bench = Bench()

    async def story() -> None:
        await bench.tap()
        for _ in range(3):
            card = await bench.reader.card(1000)
            assert card is not None
            assert await card.transceive(b"\x05") == b"\x05\x90\x00"

    run(story())


def test_release_stops_the_field_and_the_next_card_wakes_the_reader() -> None:
    bench = Bench()

    async def story() -> "Any":
        await bench.tap()
        bench.reader.release()
        assert bench.chip.asleep
        await asyncio.sleep_ms(100)
        return await bench.tap()

    assert run(story()).uid == UID


def test_release_in_the_middle_of_waiting_leaves_a_reader_that_works() -> None:
    bench = Bench()

    async def story() -> "Any":
        waiting = asyncio.create_task(bench.reader.card(10_000))
        await asyncio.sleep_ms(500)
        waiting.cancel()
        bench.reader.release()
        return await bench.tap()

    assert run(story()).uid == UID


def test_a_hung_reader_is_recovered() -> None:
    bench = Bench()
    bench.chip.asleep = False
    bench.chip.hang()
    assert run(bench.tap()).uid == UID


def test_a_reader_that_hangs_in_the_middle_of_a_tap_loses_the_card_and_comes_back() -> None:
    bench = Bench()

    async def story() -> bytes:
        card = await bench.tap()
        bench.chip.hang()
        try:
            await card.transceive(b"\x01")
        except CardLost:
            return await (await bench.tap()).transceive(b"\x02")
        raise AssertionError("answered while hanging")

    assert run(story()) == b"\x02\x90\x00"


def test_a_reader_that_browned_out_is_set_up_again() -> None:
    bench = Bench()

    async def story() -> bytes:
        card = await bench.tap()
        bench.chip.power_on()
        try:
            await card.transceive(b"\x01")
        except CardLost:
            return await (await bench.tap()).transceive(b"\x02")
        raise AssertionError("answered while asleep")

    assert run(story()) == b"\x02\x90\x00"


def test_a_dead_reader_is_a_named_fault_within_two_seconds_and_may_come_back() -> None:
    bench = Bench()
    bench.chip.dead = True
    began_ms = clock.now_ms
    fault = raised_in(bench.reader.card(30_000), ReaderFault)
    assert "cable" in str(fault)
    assert clock.now_ms - began_ms < 2000
    bench.chip.dead = False
    assert run(bench.tap()).uid == UID


def test_something_else_on_the_uart_is_no_reader() -> None:
    class Modem:
        def __init__(self, uart: "Any") -> None:
            self._uart = uart

        def feed(self, data: bytes) -> None:
            self._uart.deliver(b"\r\nERROR\r\n", 1)

    bench = Bench()
    bench.uart.part = Modem(bench.uart)
    raised_in(bench.reader.card(30_000), ReaderFault)


def test_an_echoing_line_is_no_reader() -> None:
    class Echo:
        def __init__(self, uart: "Any") -> None:
            self._uart = uart

        def feed(self, data: bytes) -> None:
            self._uart.deliver(data, 1)

    bench = Bench()
    bench.uart.part = Echo(bench.uart)
    raised_in(bench.reader.card(30_000), ReaderFault)


def test_noise_before_and_between_frames_is_skipped() -> None:
    bench = Bench()

    async def story() -> bytes:
        card = await bench.tap()
        for delay_ms in (0, 1, 20):
            bench.uart.deliver(b"\x00\x17\xfe\xff\x00\x00", delay_ms)
        return await card.transceive(b"\x02")

    assert run(story()) == b"\x02\x90\x00"


def test_any_flipped_bit_of_an_answer_is_noticed() -> None:
    frame_bytes = 5 + 7 + 2
    for bit in range(8 * frame_bytes):
        bench = Bench()
        deliver = bench.uart.deliver
        armed = [False]

        def flip(data: "Any", delay_ms: int, deliver: "Any" = deliver, armed: list = armed, bit: int = bit) -> None:
            if armed[0] and len(data) > 6:
                armed[0] = False
                assert len(data) == frame_bytes
                data = bytearray(data)
                data[bit // 8] ^= 1 << bit % 8
            deliver(data, delay_ms)

        bench.uart.deliver = flip

        async def story(bench: Bench = bench, armed: list = armed) -> bytes:
            card = await bench.tap()
            armed[0] = True
            return await card.transceive(b"\x01\x02")

        assert run(story()) == b"\x01\x02\x90\x00", bit


def test_answers_arriving_byte_by_byte_are_put_together() -> None:
    response = bytes(n & 0xFF for n in range(258))
    bench = Bench(lambda _: "rapdu %s 10" % response.hex())
    deliver = bench.uart.deliver
    free_ms = [0]  # when the line is free again

    def drip(data: "Any", delay_ms: int) -> None:
        for byte in bytes(data):
            free_ms[0] = max(free_ms[0] + 6, clock.now_ms + delay_ms)
            deliver(bytes((byte,)), free_ms[0] - clock.now_ms)

    bench.uart.deliver = drip

    async def story() -> bytes:
        return await (await bench.tap()).transceive(b"\x01")

    assert run(story()) == response


def test_a_stale_ack_does_not_stand_for_the_next_one() -> None:
    bench = Bench()

    async def story() -> bytes:
        card = await bench.tap()
        bench.uart.deliver(ACK, 0)
        await asyncio.sleep_ms(10)
        bench.chip.lost_commands = 1
        return await card.transceive(b"\x02")

    assert run(story()) == b"\x02\x90\x00"


def test_an_answer_to_another_command_is_skipped() -> None:
    bench = Bench()

    async def story() -> bytes:
        card = await bench.tap()
        bench.uart.deliver(frame(b"\xd5\x15"), 10)  # after the ACK, before the answer
        bench.uart.deliver(frame(b"\xd4\x41\x00\x66\x66"), 20)
        return await card.transceive(b"\x02")

    assert run(story()) == b"\x02\x90\x00"


def test_an_answer_that_says_more_will_follow_is_a_protocol_error() -> None:
    bench = Bench()

    async def story() -> bytes:
        card = await bench.tap()
        bench.chip._pass_on = lambda response, delay_ms: bench.chip._answer(0x41, b"\x40" + response, delay_ms)
        return await card.transceive(b"\x02")

    raised_in(story(), CardProtocolError)


def test_a_reader_that_dies_after_a_damaged_answer_is_not_waited_for_as_long_as_a_card() -> None:
    bench = Bench()

    async def story() -> bytes:
        card = await bench.tap()
        bench.chip.damaged_answers = 1
        at(40, lambda: setattr(bench.chip, "dead", True))
        return await card.transceive(b"\x02")

    began_ms = clock.now_ms
    raised_in(story(), CardLost)
    assert clock.now_ms - began_ms < 1000


def test_a_slow_card_is_waited_for_as_long_as_the_standard_lets_it_take() -> None:
    bench = Bench(lambda _: "rapdu 9000 4950")

    async def story() -> bytes:
        return await (await bench.tap()).transceive(b"\x01")

    assert run(story()) == b"\x90\x00"


def test_another_chip_of_the_family_is_not_taken_for_a_pn532() -> None:
    for version in (b"\x33\x01\x06\x07", b"\x32\x01"):
        bench = Bench()
        bench.chip.version = version
        raised_in(bench.reader.card(1000), ReaderFault)


def test_starting_stops_whatever_the_reader_is_doing() -> None:
    bench = Bench()
    run(bench.tap())
    assert ACK in bytes(bench.uart.written[:40])


def test_frames_whose_length_lies_are_damaged_even_when_their_data_adds_up() -> None:
    damaged = (
        "0000ff03fcd54100ea00",  # LCS off by one
        "0000ff00ffd54100ea",  # an ACK, then noise
        "0000ff0000d54100ea00",  # no data at all
        "0000ffffff0003fcd54100ea00",  # extended, LCS off by one
        "0000ffffff010af5" + "00" * 270,  # longer than the chip can send
    )
    for text in damaged:
        uart: "Any" = Uart()
        uart.deliver(bytes.fromhex(text), 0)
        frames = Frames(uart)
        if "00ff00ff" in text:
            assert run(frames.receive(20)) is Frames.ACK
        raised_in(frames.receive(1000), BadFrame)


def test_frames_of_every_length_survive_their_own_line() -> None:
    """What is sent, with the direction turned around, is received as it was."""
    for count in range(264):
        uart: "Any" = Uart()
        frames = Frames(uart)
        frames.send(b"\x41", bytes(n & 0xFF for n in range(count)))
        assert (uart.written[3] == uart.written[4] == 0xFF) is (count + 2 > 255)
        uart.deliver(bytes(uart.written), 0)
        received = bytes(run(frames.receive(10)))
        assert received == b"\xd4\x41" + bytes(n & 0xFF for n in range(count)), count
