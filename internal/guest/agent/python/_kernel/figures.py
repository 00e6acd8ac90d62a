"""What matplotlib draws: this module is its backend. Figures are drawn without
a screen and become results when code calls show(), and those that are open at
the end of a cell then."""

import io

from matplotlib import rcParams
from matplotlib._pylab_helpers import Gcf
from matplotlib.backend_bases import FigureManagerBase, _Backend
from matplotlib.backends.backend_agg import FigureCanvasAgg

from _kernel.show import display


def show(*args, **kwargs):
    """Show the open figures and close them."""
    try:
        for manager in Gcf.get_all_fig_managers():
            if manager.canvas.figure.get_axes():
                display(manager.canvas.figure)
    finally:
        Gcf.destroy_all()


def bundle(figure, include=None, exclude=None):
    """Return the media types of a figure: PNG, and SVG where the code asks for
    it by rcParams["savefig.format"]."""
    data = {"image/png": drawn(figure, "png"), "text/plain": repr(figure)}
    if rcParams["savefig.format"] == "svg":
        data["image/svg+xml"] = drawn(figure, "svg")
    return data


def drawn(figure, format):
    out = io.BytesIO()
    figure.savefig(out, format=format, bbox_inches="tight", facecolor=figure.get_facecolor())
    return out.getvalue()


@_Backend.export
class _Caisson(_Backend):
    FigureCanvas = FigureCanvasAgg
    FigureManager = FigureManagerBase
    show = staticmethod(show)
