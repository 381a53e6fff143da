"""A clock that the clients read instead of the machine's: they ask the time themselves."""
import datetime as real
import types


class Frozen(real.datetime):
    second_of_epoch = 0

    @classmethod
    def now(cls, tz=None):
        return real.datetime.fromtimestamp(cls.second_of_epoch, tz)


def stand_in():
    """What a client that wrote `import datetime` finds under that name."""
    names = {name: getattr(real, name) for name in real.__all__}
    return types.SimpleNamespace(**{**names, "datetime": Frozen})


def set_to(second):
    Frozen.second_of_epoch = second
