"""A kept call played again to today's engines, and compared with what was understood and said.

The caller's sound goes from its files through voice activity, end of turn and transcription, and
the words through the dialogue to the voice and its playout, by the very parts that a call is made
of; only the network and the face are left out.

Each turn is played with the history that the call really had, so that one changed reply does not
change all that follow. Time in the sound runs as fast as the machine can while nobody waits for
an engine and no silence is weighed, and as fast as a clock while that is so: so a turn ends after
as much silence as it would in a call, and who goes on before the answer is heard has gone on here,
too. Silence between turns is not played, because nothing is decided in it.

A transcript that differs is a change; a reply of the language model may differ by itself, because
its words are drawn by chance.
"""
