"""Commands and dialogs: what joins the rooms."""
