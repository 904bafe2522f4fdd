"""How each kind of scene is laid out: the module of a scene's own name says it, and is found by being here."""
