enum RiffleInspectModule {}
