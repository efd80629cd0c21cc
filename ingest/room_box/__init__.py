"""The reference box of a room: records its channels and deposits their segments while it records."""
