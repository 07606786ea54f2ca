"""The HTTP face of the service.

Reading path of a request: `routes.classify → take_in → MicroBatcher → Intake.take`."""
