"""How the weights in `vfx_widgets/upsampling/models` were made: data, network, training and export.

Run ``scripts/train``. It needs the ``training`` extra, and on Debian ``apt-get`` for the wallpaper packages.
"""
