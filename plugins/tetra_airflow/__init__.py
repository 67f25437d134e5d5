"""What must import Airflow and is shared by the DAGs; the domain itself is in include/tetra."""
