"""Petals' server program, which takes LoRA adapters (--adapters) from folders too.

As released it asks the hub whether an adapter has safetensors, even for a path; everything after that takes a folder. So only that
question is answered here for folders. All options are those of petals.cli.run_server.
"""
import os
import sys

from petals.cli.run_server import main


def look_into_folders():
    from petals.utils import peft

    asked = peft.check_peft_repository

    def check(repo_id):
        if os.path.isdir(repo_id):
            return os.path.exists(os.path.join(repo_id, peft.SAFETENSORS_WEIGHTS_NAME))
        return asked(repo_id)

    peft.check_peft_repository = check


if __name__ == "__main__":
    if "--adapters" in sys.argv:
        look_into_folders()
    main()
