"""The scenes of the clips that ship with the sandbox, each drawn by numbers in three times the size it is shown in."""
