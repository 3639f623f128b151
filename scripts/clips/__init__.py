"""The scenes of the clips that ship with the sandbox, each generated at three times the size of the clip."""
